package web

import (
	"sync"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// frameEvery is how often what the page shows is looked up at most, however
// many pages are open and requests come. It is half the time between two events,
// so that what happens is on every page within two seconds.
const frameEvery = time.Second / 2

// frame is what the page shows, at one instant. It is never changed, and shared
// by all who read it.
type frame struct {
	snapshot  metrics.Snapshot
	catalogue *codes.Catalogue // never nil

	status  statusBody
	codes   []codeRow
	alerts  alertsBody
	sources []sourceRow
}

// feed makes frames when they are asked for; it runs nothing otherwise.
type feed struct {
	deps     Deps
	runbooks string // URL under which this daemon serves them

	mu     sync.Mutex
	newest *frame
	made   time.Time
	usuals usuals
	paths  paths
}

func newFeed(deps Deps, runbooks string) *feed { return &feed{deps: deps, runbooks: runbooks} }

// frame returns the newest frame; it is younger than frameEvery.
func (f *feed) frame() *frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.newest == nil || now.Sub(f.made) >= frameEvery || now.Before(f.made) {
		f.newest, f.made = f.look(now), now
	}
	return f.newest
}

func (f *feed) look(now time.Time) *frame {
	fr := &frame{snapshot: metrics.Snapshot{Now: now}, catalogue: &codes.Catalogue{}}
	if f.deps.Snapshot != nil {
		fr.snapshot = f.deps.Snapshot(now)
	}
	if f.deps.Catalogue != nil {
		fr.catalogue = f.deps.Catalogue()
	}
	fr.codes = codeRows(fr.snapshot, labelled{})
	f.usuals.look(fr.snapshot, fr.catalogue)
	for i := range fr.codes {
		if rate, ok := f.usuals.perMinute(fr.codes[i].key()); ok {
			fr.codes[i].Usual = &rate
		}
	}
	fr.alerts = newAlerts(f.deps, f.runbooks, now)
	f.paths.look(now, f.deps)
	fr.sources = sourceRows(fr.snapshot, f.deps, f.paths.of)
	fr.status = newStatus(f.deps, fr)
	fr.status.UsualGranted = f.usuals.granted
	return fr
}

// hasSource reports whether name is a configured source.
func (fr *frame) hasSource(name string) bool {
	for _, s := range fr.sources {
		if s.Source == name {
			return true
		}
	}
	return false
}
