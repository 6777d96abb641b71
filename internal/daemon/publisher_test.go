package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"wvwatch/internal/codes"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// throughDisk encodes a state, decodes it and returns the result.
func throughDisk(t *testing.T, st metrics.State) (read metrics.State) {
	t.Helper()
	var b bytes.Buffer
	if err := st.Encode(&b); err != nil {
		t.Error(err)
	}
	if err := read.Decode(json.NewDecoder(&b)); err != nil {
		t.Error(err)
	}
	return read
}

// published is a publisher over a ledger of one source and a disk that can fail.
type published struct {
	*publisher
	t      *testing.T
	ledger *metrics.Ledger
	log    bytes.Buffer

	lost int64 // bytes, the daemon's own count

	mu    sync.Mutex
	fails error
	hangs chan struct{} // nil while the disk answers
	disk  metrics.State
	saves int
}

func newPublished(t *testing.T) *published {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := &published{t: t, ledger: metrics.New(metrics.Default(), cat, []string{"proxy"})}
	counts := func() map[string]tailer.Counts {
		return map[string]tailer.Counts{"proxy": {LostBytes: p.lost}}
	}
	p.publisher = &publisher{
		ledger: p.ledger, counts: counts, pushed: func() map[string]traffic.Counts { return nil }, advice: adviceDirectory, errors: rate.Sometimes{Interval: complainGap}, log: slog.New(slog.NewTextHandler(&p.log, nil)),
		files: func() tailer.Stats { return tailer.Stats{"proxy": {Files: 1, Counts: counts()["proxy"]}} },
		write: func(st metrics.State) error {
			p.mu.Lock()
			hangs := p.hangs
			p.mu.Unlock()
			if hangs != nil {
				<-hangs
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.fails != nil {
				return p.fails
			}
			p.disk, p.saves = throughDisk(t, st), p.saves+1
			return nil
		},
	}
	p.start(time.Now())
	return p
}

// line commits n lines, each with the code.
func (p *published) line(n, code int) {
	r := &parser.Result{Lines: n}
	for range n {
		r.Events = append(r.Events, parser.Event{DRM: codes.Widevine, Code: code})
	}
	p.ledger.Commit("proxy", time.Now(), r, tailer.Position{})
}

// breaks lets saves fail with err from now on.
func (p *published) breaks(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = err
}

// lines returns how many a state has, and how many of them have a code that is
// exported with its count.
func linesOf(st metrics.State) (lines, seen uint64) {
	for _, s := range st.Sources {
		lines += s.Lines
		for _, c := range s.Codes {
			if c.Seen {
				seen += c.Occurrences
			}
		}
	}
	return lines, seen
}

// shows scrapes, and compares how many lines are shown with want; those that are
// not on disk must be want.unsaved.
func (p *published) shows(lines, unsaved uint64) {
	p.t.Helper()
	s := p.scrape(time.Now())
	got := s.Snapshot.Sources()[0].Lines
	if got != lines || s.UnsavedLines != unsaved {
		p.t.Errorf("scrape shows %d lines, %d of them unsaved, want %d and %d", got, s.UnsavedLines, lines, unsaved)
	}
	p.mu.Lock()
	disk := p.disk
	p.mu.Unlock()
	if saved, _ := linesOf(disk); unsaved == 0 && saved < got {
		p.t.Errorf("scrape shows %d lines, %d are on disk", got, saved)
	}
}

func TestPublisherShowsWhatIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		p.shows(0, 0)
		p.shows(0, 0)
		if p.saves != 0 {
			t.Errorf("%d saves though nothing changed", p.saves)
		}
		p.line(3, 4025)
		time.Sleep(saveGap)
		p.shows(3, 0)
		p.shows(3, 0)
		if p.saves != 1 {
			t.Errorf("%d saves of one change", p.saves)
		}
		p.line(1, 4025)
		p.shows(3, 0) // too soon: the last is shown again
		time.Sleep(saveGap)
		p.shows(4, 0)

		// What the daemon itself counts is published the same way.
		p.lost = 7
		time.Sleep(saveGap)
		p.breaks(errors.New("full"))
		if s := p.scrape(time.Now()); s.Files["proxy"].LostBytes != 0 || s.Files["proxy"].Files != 1 {
			t.Errorf("files %+v are shown, the loss is not saved", s.Files["proxy"])
		}
		p.breaks(nil)
		time.Sleep(saveGap)
		if s := p.scrape(time.Now()); s.Files["proxy"].LostBytes != 7 || p.disk.Files["proxy"].LostBytes != 7 {
			t.Errorf("%d bytes are shown as lost, %d saved, want 7", s.Files["proxy"].LostBytes, p.disk.Files["proxy"].LostBytes)
		}
	})
}

func TestPublisherSharesOneSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		p.line(5, 4025)
		p.hangs = make(chan struct{})
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { p.shows(5, 0) })
		}
		synctest.Wait()
		close(p.hangs)
		all.Wait()
		if p.saves != 1 {
			t.Errorf("%d saves for 20 scrapes at once", p.saves)
		}
	})
}

// A scraper without a pause leaves a slow disk three quarters of its time.
func TestPublisherOnASlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		fast := p.publisher.write
		const took = 300 * time.Millisecond
		p.publisher.write = func(st metrics.State) error { time.Sleep(took); return fast(st) }
		for begin := time.Now(); time.Since(begin) < 12*time.Second; time.Sleep(10 * time.Millisecond) {
			p.line(1, 4025)
			if s := p.scrape(time.Now()); s.UnsavedLines != 0 {
				t.Fatalf("%d unsaved lines are shown", s.UnsavedLines)
			}
		}
		if p.saves < 8 || p.saves > 10 {
			t.Errorf("%d saves of %s in 12 s, want 10", p.saves, took)
		}
	})
}

// A series that no table lists is 0, then its count: also while saves fail, when
// its 0 is held back with everything else.
func TestPublisherWhileSavesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		p.line(2, 4025)
		p.shows(2, 0)
		p.breaks(errors.New("no space left on device"))
		p.line(3, 9999)
		for range maxMisses {
			time.Sleep(saveGap)
			p.shows(2, 0)
		}
		time.Sleep(saveGap)
		p.shows(5, 3)
		p.line(1, 9999)
		time.Sleep(saveGap)
		if err := p.save(); err == nil {
			t.Error("saved on a full disk")
		}
		p.shows(6, 4) // no save of its own so soon after another
		p.shows(6, 4)
		text := p.log.String()
		if n := strings.Count(text, "level=ERROR"); n != 1 || !strings.Contains(text, "would count 3 lines again") || !strings.Contains(text, "no space left on device") {
			t.Errorf("%d errors logged:\n%s", n, text)
		}
		p.log.Reset()
		time.Sleep(complainGap)
		p.shows(6, 4)
		if text := p.log.String(); !strings.Contains(text, "would count 4 lines again") || !strings.Contains(text, "a restart makes counters go back") {
			t.Errorf("logged after a minute:\n%s", text)
		}

		p.breaks(nil)
		time.Sleep(saveGap)
		p.shows(6, 0)
		time.Sleep(saveGap)
		p.line(1, 9999)
		p.breaks(errors.New("again"))
		p.shows(6, 0) // two failures are held back again
		p.breaks(nil)
		time.Sleep(saveGap)
		p.shows(7, 0)
		if _, seen := linesOf(p.disk); seen != 7 {
			t.Errorf("%d lines are exported with their count after a restart, want 7", seen)
		}
	})
}

func TestPublisherWhileADiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		p.line(2, 4025)
		p.shows(2, 0)
		p.hangs = make(chan struct{})
		p.line(3, 4025)
		time.Sleep(saveGap)
		begin := time.Now()
		p.shows(2, 0)
		if waited := time.Since(begin); waited != savePatience {
			t.Errorf("a scrape waits %s for a disk that hangs, want %s", waited, savePatience)
		}
		for time.Since(begin) < (maxMisses+1)*saveOverdue {
			before := time.Now()
			p.shows(2, 0)
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("a scrape waits %s for a save that is late", waited)
			}
			time.Sleep(saveOverdue / 4)
			p.look(time.Now())
		}
		p.shows(5, 3)
		if text := p.log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "has not answered for 6s") {
			t.Errorf("logged:\n%s", text)
		}
		p.line(4, 4025)
		p.shows(9, 7)
		close(p.hangs) // the save that ends now is older than the counts of the last scrape
		p.mu.Lock()
		p.hangs = nil
		p.mu.Unlock()
		synctest.Wait()
		p.breaks(errors.New("slow, then full"))
		p.shows(9, 4)
		p.breaks(nil)
		p.shows(9, 4) // no save so soon after one that took so long
		time.Sleep(saveOverdue)
		p.shows(9, 0)
	})
}
