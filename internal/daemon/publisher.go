package daemon

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"wvwatch/internal/humanize"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/metrics"
	"wvwatch/internal/tailer"
)

const (
	saveGap      = 100 * time.Millisecond // between two saves that scrapes ask for, or new files, at least
	savePatience = time.Second            // how long a scrape waits for a save
	saveOverdue  = 5 * time.Second        // a save that takes so long counts as failed, and again after the same time
	maxMisses    = 2                      // failed saves over which scrapes show the last saved counts
	complainGap  = time.Minute            // between two errors in the log
)

// publication holds the counts that a scrape shows, with the daemon's own counters.
type publication struct {
	metrics.Publication
	files  map[string]tailer.Counts
	inputs map[string]traffic.Counts
	number uint64 // in the order in which they were taken
}

// same reports whether both have the same state.
func (p *publication) same(q *publication) bool {
	return p.Revision == q.Revision && maps.Equal(p.files, q.files) && maps.EqualFunc(p.inputs, q.inputs, traffic.Counts.Equal)
}

func (p *publication) state() metrics.State {
	st := p.Outline()
	st.Files, st.Inputs = p.files, p.inputs
	return st
}

// The advice in the log after a failed save, by where the checkpoint is.
const (
	adviceDirectory = "from the third failure on scrapes show these lines, and a restart makes counters go back: make room in the state directory or make it writable"
	adviceKafka     = "the next leader reads them from the topics before it answers scrapes"
)

// publisher saves checkpoints, and shows scrapers the counts of one: whenever the
// daemon is killed, the next run begins with every count that a scraper saw. Where
// nothing changed since the last save, a scrape needs none. While saves fail,
// scrapes show the last saved counts again; after maxMisses failed saves they
// show counts that are not saved, since a counter that goes back at the next
// restart is better than one that misses an incident now.
//
// Its methods may be called concurrently. One save is under way at a time.
type publisher struct {
	ledger *metrics.Ledger
	files  func() tailer.Stats
	counts func() map[string]tailer.Counts
	pushed func() map[string]traffic.Counts
	write  func(metrics.State) error // returns when the state is on disk
	advice string                    // what follows from a failed save, and what to do
	log    *slog.Logger

	mu     sync.Mutex
	taken  uint64         // publications
	saved  *publication   // the newest on disk
	last   *publication   // the newest that was shown or saved
	flight *flight        // the save under way, or nil
	asked  time.Time      // when a scrape last asked for a save
	gap    time.Duration  // from then to the next that one may ask for
	misses int            // failed saves since the last that did not
	errors rate.Sometimes // limits errors in the log; the zero value logs one only
}

// flight is a save under way. err may be read when done is closed.
type flight struct {
	of    *publication
	begun time.Time
	done  chan struct{}
	err   error
}

// start marks the counts in the ledger as saved: it is called once, after the
// ledger was restored and before anything is read.
func (p *publisher) start(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.saved = p.take(now)
	p.last = p.saved
}

// scrape returns the result of a scrape at now. It waits at most savePatience for
// saves: for one that is under way, of an older state, and for one of its own.
func (p *publisher) scrape(now time.Time) metrics.Scrape {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.take(now)
	if next.same(p.saved) {
		return p.show(next)
	}
	late := time.NewTimer(savePatience)
	defer late.Stop()
	for tried := false; p.last.number < next.number; {
		if p.flight == nil {
			if age := now.Sub(p.asked); tried || 0 <= age && age < p.gap {
				break
			}
			p.begin(next, now)
			p.asked, tried = now, true
		}
		if !p.wait(p.flight, late.C) {
			break
		}
	}
	if p.missed(time.Now()) > maxMisses {
		return p.show(next)
	}
	return p.show(p.last)
}

// reload shows the present counts from now on where the labels of series have
// changed: older counts have others.
func (p *publisher) reload(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.take(now)
	if !slices.Equal(next.Snapshot.Labels(), p.last.Snapshot.Labels()) {
		p.last = next
	}
}

// inputs returns the counters of the inputs in the newest state that was shown or saved.
// The map is not changed.
func (p *publisher) inputs() map[string]traffic.Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.inputs
}

// save puts the present state on disk and waits for it.
func (p *publisher) save() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.flight != nil { // of an older state
		p.wait(p.flight, nil)
	}
	now := time.Now()
	f := p.begin(p.take(now), now)
	p.wait(f, nil)
	return f.err
}

// changed reports whether there is something to save.
func (p *publisher) changed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	present := publication{files: p.counts(), inputs: p.pushed()}
	present.Revision = p.ledger.Revision()
	return !present.same(p.saved)
}

// look logs an error where the save under way is overdue. It is called every
// second, by a goroutine that waits for no save.
func (p *publisher) look(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.flight; f != nil && now.Sub(f.begun) >= saveOverdue {
		p.complain(now, fmt.Errorf("the disk has not answered for %s", now.Sub(f.begun).Round(time.Second)))
	}
}

// The methods below are for a caller that holds the lock.

// take returns the present counts. Those of the files come second: a loss is
// then rather counted once more after a kill than not at all.
func (p *publisher) take(now time.Time) *publication {
	p.taken++
	next := &publication{Publication: p.ledger.Publish(now), number: p.taken}
	next.files, next.inputs = p.counts(), p.pushed()
	return next
}

// begin starts a save of next; none may be under way.
func (p *publisher) begin(next *publication, now time.Time) *flight {
	f := &flight{of: next, begun: now, done: make(chan struct{})}
	p.flight = f
	go func() {
		err := p.write(next.state())
		p.mu.Lock()
		defer p.mu.Unlock()
		p.end(f, err)
	}()
	return f
}

// wait returns true when f is done, and false when late receives, or f is late
// already. It gives the lock back meanwhile.
func (p *publisher) wait(f *flight, late <-chan time.Time) bool {
	if late != nil && time.Since(f.begun) >= savePatience {
		return false
	}
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-f.done:
		return true
	case <-late:
		return false
	}
}

// end takes over the result of a save. Scrapes leave three quarters of the time
// of a slow disk to others.
func (p *publisher) end(f *flight, err error) {
	p.gap = min(max(saveGap, 4*time.Since(f.begun)), saveOverdue)
	if f.err = err; err == nil {
		p.misses, p.saved = 0, f.of
		if f.of.number > p.last.number {
			p.last = f.of
		}
	} else {
		p.misses++
		p.complain(time.Now(), err)
	}
	p.flight = nil
	close(f.done)
}

// missed returns how many saves failed, or should have ended, since the last
// that succeeded.
func (p *publisher) missed(now time.Time) int {
	if p.flight == nil {
		return p.misses
	}
	return p.misses + int(now.Sub(p.flight.begun)/saveOverdue)
}

// show returns a scrape of q, or of the last publication if that is newer.
func (p *publisher) show(q *publication) metrics.Scrape {
	if q.number > p.last.number {
		p.last = q
	}
	q = p.last
	p.ledger.Shown(q.Publication)
	s := metrics.Scrape{Snapshot: q.Snapshot, Files: tailer.Stats{}}
	for name, st := range p.files() {
		st.Counts = tailer.Counts{} // counts that are not in q are not saved
		s.Files[name] = st
	}
	for name, counts := range q.files {
		st := s.Files[name]
		st.Counts = counts
		s.Files[name] = st
	}
	if q.Lines() > p.saved.Lines() {
		s.UnsavedLines = q.Lines() - p.saved.Lines()
	}
	return s
}

// complain logs, once a minute, that a save failed with err, and the consequence.
func (p *publisher) complain(now time.Time, err error) {
	p.errors.Do(func() { p.logError(now, err) })
}

func (p *publisher) logError(now time.Time, err error) {
	lines := humanize.Count(int(p.take(now).Lines()-p.saved.Lines()), "line")
	p.log.Error(fmt.Sprintf("checkpoint not saved: a restart now would count %s again, read since %s; %s",
		lines, p.saved.Snapshot.Now.Format(time.RFC3339), p.advice), "component", "state", "err", err)
}
