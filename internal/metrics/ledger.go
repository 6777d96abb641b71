// Package metrics counts what the parser found, and shows it to Prometheus.
//
// The Ledger adds counts, windows and the read position of a batch in one step,
// so that whatever is taken from it (a scrape, the windows of an alert, a checkpoint)
// holds each line either wholly or not at all. The number of series is bounded
// here. The Collector exports a snapshot; the package opens no file, starts no
// goroutine and asks no clock of its own: callers pass the time.
package metrics

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// maxAhead is how far ahead of the clock an event's time may be; beyond it the
// time is wrong, and the event happened now.
const maxAhead = time.Minute

// earliest is the first time that is believed, the beginning of 2000 in Unix
// nanoseconds: a device with a clock that was never set reports 1970 or 1980.
const earliest = 946684800 * int64(time.Second)

// Ledger holds the counts, windows and positions of all sources. Its methods
// may be called concurrently; each is one step that no other sees half done.
type Ledger struct {
	mu        sync.Mutex
	layout    layout
	positions map[tailer.ID]tailer.Position
	incidents incidents
	clients   clients

	revision uint64 // of counts and positions
	newest   uint64 // revision at the birth of the youngest series
	horizon  uint64 // revision of the newest publication that was shown
	added    chan struct{}
}

// layout is which sources, codes and labels a ledger counts: what follows from its configuration and catalogue.
type layout struct {
	config  Config
	cat     *codes.Catalogue
	listed  []*seriesLabels // by catalogue index
	sources map[string]*source
	active  []*source // the configured ones, in their order
	labels  labels
	blame   blameWriter

	now          int64 // the last that was given, Unix nanoseconds
	codeOverflow uint64
}

func newLayout(cfg Config, cat *codes.Catalogue, names []string) layout {
	b := layout{config: cfg, cat: cat, sources: make(map[string]*source), labels: newLabels(cfg), blame: newBlameWriter(cfg)}
	b.listed = make([]*seriesLabels, cat.Len())
	for i := range b.listed {
		b.listed[i] = &seriesLabels{codeLabels: newCodeLabels(cat.At(i), i)}
	}
	for _, name := range names {
		s := b.source(name)
		if s.active {
			continue
		}
		s.active = true
		b.active = append(b.active, s)
		for _, d := range cfg.servers(name) {
			s.meet(d, 0, 0)
		}
	}
	return b
}

// New returns an empty ledger for the configured sources. cfg must be valid;
// the catalogue is borrowed for the ledger's life.
func New(cfg Config, cat *codes.Catalogue, sources []string) *Ledger {
	return &Ledger{
		layout:    newLayout(cfg, cat, sources),
		positions: make(map[tailer.ID]tailer.Position),
		incidents: newIncidents(),
		clients:   newClients(),
		added:     make(chan struct{}, 1),
	}
}

// Commit adds what was found in a batch of source, read at now, and takes p as
// the position after it. A nil result, or a position without a source, adds
// nothing of its kind. Nothing in r is kept. Where every code, label and drm
// was met before, Commit allocates nothing.
//
// Events of a source that is not configured (any more) are counted and kept for
// the checkpoint, but not exported.
func (l *Ledger) Commit(source string, now time.Time, r *parser.Result, p tailer.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revision++
	if r != nil {
		s := l.layout.source(source)
		l.layout.now = now.UnixNano()
		s.begin(l.layout.now)
		s.snapshot = nil
		l.count(s, r)
	}
	if moves := l.layout.labels.giveBack(l.layout.now); moves != nil {
		l.move(moves)
	}
	if p.Source != "" {
		l.keep(p)
	}
}

// move adds the counts of tuples to others, in place of which they are counted from
// now on. The caller holds the lock.
func (l *Ledger) move(tuples map[int32]int32) {
	for _, s := range l.layout.sources {
		s.move(l.layout.cat, &l.layout.labels, tuples, l.layout.now)
	}
}

// keep takes over a position, and reports one of which nothing is saved yet.
// The caller holds the lock.
func (l *Ledger) keep(p tailer.Position) {
	was, known := l.positions[p.ID]
	l.positions[p.ID] = p
	if known && (was.Offset > 0 || p.Offset == 0) {
		return
	}
	select {
	case l.added <- struct{}{}:
	default: // not received yet
	}
}

// Added receives after a file was committed for the first time, or for the first
// time with something of its content: until that is in a checkpoint, a file that
// is renamed while no daemon runs is not recognised. One value may mean many files.
func (l *Ledger) Added() <-chan struct{} { return l.added }

// count adds what was found in a batch of s. The caller holds the lock.
func (l *Ledger) count(s *source, r *parser.Result) {
	b := &l.layout
	s.counts.lines += uint64(r.Lines)
	s.counts.records += uint64(r.Records)
	for i, n := range r.Vetoed {
		s.counts.vetoed[i] += uint64(n)
	}
	for i, n := range r.WithoutCode {
		s.counts.withoutCode[i] += uint64(n)
	}
	for i, n := range r.Bounded {
		s.counts.bounded[i] += uint64(n)
	}
	if n := len(r.Requests); n > 0 {
		b.blame.requests.counted(n, readRequests, recordTime(r.Requests[n-1].Time, b.now))
	}
	if n := len(r.Events); n > 0 {
		b.blame.events.counted(n, readEvents, recordTime(r.Events[n-1].Time, b.now))
	}
	places := b.blame.labels(s, r.Labels)
	l.countRequests(s, r.Requests, places)
	l.countEvents(s, r, places)
}

// countRequests adds licence requests. places are of blameWriter.labels.
func (l *Ledger) countRequests(s *source, requests []parser.Request, places []int) {
	b := &l.layout
	for i := range requests {
		q := &requests[i]
		l.meet(s, known(q.DRM))
		answers := &s.requests[known(q.DRM)]
		o, t := min(q.Outcome, parser.Gateway), s.when(q.Time, b.now)
		unjudged := s.unjudged(t, b.now)
		if answers.born(b.now) && known(q.DRM) != codes.Widevine {
			answers.exposure, l.newest = exposure(l.revision), l.revision
		}
		answers.count(o, t, b.now, unjudged, q.Duration)
		if unjudged > stepOf(b.now)-stepsKept {
			var f failedClient
			if o != parser.Granted || q.Client != nil {
				f = l.countClient(s, q, t, unjudged)
			}
			l.blameRequest(s, q, places, t, f)
		}
		s.days.countRequest(known(q.DRM), o, t, b.now)
	}
}

// countEvents adds events. places are of blameWriter.labels.
func (l *Ledger) countEvents(s *source, r *parser.Result, places []int) {
	b := &l.layout
	var at columns
	labelled := len(b.labels.dimensions) > 0
	if labelled {
		at = b.labels.columns(r.Labels[:len(r.Labels)-r.Unasked])
	}
	l.incidents.fetch(r.Events)
	for i := range r.Events {
		e := &r.Events[i]
		d, tuple := known(e.DRM), noTuple
		l.meet(s, d)
		if labelled {
			tuple = b.labels.of(e, &at, b.now)
		}
		// The code itself is looked up, not e.Index: after a reload the parser
		// may still have worked with the catalogue of before.
		late := s.series.n
		c, fits := s.seriesOf(b.cat, &b.labels, d, e.Code, tuple, b.now)
		if s.series.n > late {
			c.exposure, l.newest = exposure(l.revision), l.revision
		}
		if !fits {
			b.codeOverflow++
		}
		if !c.entry.Listed {
			s.counts.unlisted[d]++
		}
		t := s.when(e.Time, b.now)
		var begun int64
		if l.incidents.begins(i, t) {
			begun = 1
		}
		unjudged := s.unjudged(t, b.now)
		if unjudged <= stepOf(b.now)-stepsKept { // no detector will see it
			c.count(t, b.now, begun, unjudged, counts{}, 0)
		} else {
			hash, by := l.identify(s, e.Client, e.CorrelationID, t)
			s.identity.note(by)
			n, failed := l.failed(hash, c.family, t), l.failed(hash, anyFailure^uint64(d), t)
			c.count(t, b.now, begun, unjudged, n, hash)
			s.requests[d].failed.add(unjudged, stepOf(b.now), failed)
			l.blameEvent(s, e, &c.entry, places, t, failedClient{hash, by, failed, n, begun > 0})
		}
		if begun > 0 {
			s.days.count(b.cat, &c.entry, t, b.now)
		}
	}
}

// meet notes that a source has something of a server. The caller holds the lock.
func (l *Ledger) meet(s *source, d codes.DRM) {
	if s.meet(d, l.layout.now, exposure(l.revision)) {
		l.newest = l.revision
	}
}

// Forget drops the position of a text that is not needed any more.
func (l *Ledger) Forget(id tailer.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revision++
	delete(l.positions, id)
}

// Positions returns all positions, ordered by source, name and inode.
func (l *Ledger) Positions() []tailer.Position {
	l.mu.Lock()
	positions := slices.Collect(maps.Values(l.positions))
	l.mu.Unlock()
	slices.SortFunc(positions, comparePositions)
	return positions
}

func comparePositions(a, b tailer.Position) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Device, b.Device), cmp.Compare(a.Inode, b.Inode))
}

// source returns the source of that name, which it adds as one that is not
// configured where it is missing.
func (b *layout) source(name string) *source {
	s, ok := b.sources[name]
	if !ok {
		s = newSource(name, b.listed)
		b.sources[name] = s
	}
	return s
}

// known maps what is no drm to codes.Unknown.
func known(d codes.DRM) codes.DRM {
	if int(d) >= codes.NumDRM {
		return codes.Unknown
	}
	return d
}
