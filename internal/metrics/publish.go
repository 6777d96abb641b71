package metrics

import (
	"maps"
	"slices"
	"time"

	"wvwatch/internal/tailer"
)

// Publication is what a scrape at one instant shows, and the state that must be
// on disk before: the counters that a scraper saw are then known to the next run,
// whenever this one is killed. It is a value that is not changed.
type Publication struct {
	Snapshot Snapshot
	// Revision grows with each change of the ledger. Publications of one revision
	// have the same state.
	Revision uint64

	sources   []*sourceSnapshot // all of them, by name
	positions []tailer.Position
}

// Snapshot returns what is held now. It costs microseconds while nothing is
// committed, and a copy of what changed otherwise.
func (l *Ledger) Snapshot(now time.Time) Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.snapshot(now)
}

// snapshot returns what is held now. The caller holds the lock.
func (l *Ledger) snapshot(now time.Time) Snapshot {
	snap := l.layout.snapshot(now, l.horizon)
	snap.version = Version{l, l.revision}
	return snap
}

// Publish returns what a scrape at now would show. Readers wait for it as long
// as for a snapshot. It changes nothing: see Shown.
func (l *Ledger) Publish(now time.Time) Publication {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.publication(l.snapshot(now))
}

// Revision returns that of what Publish would return, without the cost of it.
func (l *Ledger) Revision() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.revision
}

// publication returns that of snap. The caller holds the lock.
func (l *Ledger) publication(snap Snapshot) Publication {
	return Publication{
		Snapshot:  snap,
		Revision:  l.revision,
		sources:   l.layout.snapshots(),
		positions: slices.AppendSeq(make([]tailer.Position, 0, len(l.positions)), maps.Values(l.positions)),
	}
}

// Shown notes that p was shown to a scraper. Series that p had as 0 are exported
// with their count from the next publication on.
func (l *Ledger) Shown(p Publication) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.Revision <= l.horizon {
		return
	}
	waited := l.newest > l.horizon
	l.horizon = p.Revision
	if waited {
		l.revision++ // the state now records that some series are exported with their count
	}
}

// State returns what is to be kept over a restart. Incidents under way are no
// part of it.
func (p Publication) State() State {
	st := p.Outline()
	for i, v := range p.sources {
		st.Sources[i] = v.state(p.Snapshot)
	}
	st.snapshots = nil
	return st
}

// Outline returns State without the codes of the sources, which Encode takes from the
// publication one by one: label values make a hundred thousand of them.
func (p Publication) Outline() State {
	snap := p.Snapshot
	st := State{CodeOverflow: snap.codeOverflow, snapshots: p.sources, snapshot: snap}
	st.Positions, st.Texts = tailer.PackTexts(p.positions, snap.Now)
	st.keepOverflow(snap.config.Labels, snap.labelOverflow)
	slices.SortFunc(st.Positions, comparePositions)
	for _, v := range p.sources {
		st.Sources = append(st.Sources, v.outline(snap))
	}
	return st
}

// Lines returns how many lines of all sources were counted, also of those that
// are not configured any more.
func (p Publication) Lines() (n uint64) {
	for _, v := range p.sources {
		n += v.counts.lines
	}
	return n
}
