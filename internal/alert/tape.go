package alert

import "wvwatch/internal/metrics"

// tape turns windows, which slide, into steps, each fed once. It remembers what
// it has read of the last ten minutes, so that events which arrive late are not
// lost: they count with the step that is read next.
type tape struct {
	Last int64              `json:"last"` // the last step read, in steps since 1970; 0 for none
	From int64              `json:"from"` // the first step of which it knows
	Seen [tapeSteps]tapeRow `json:"seen"` // by step, modulo the length
}

// tapeRow is what was read of one step.
type tapeRow struct {
	X uint32 `json:"x,omitempty"`
	E uint32 `json:"e,omitempty"`
}

const (
	tapeSteps = 60
	// windowSteps is how many whole steps a window can look back.
	windowSteps = int64(metrics.Retention/metrics.Step) - 1
)

// read calls feed for every whole step before the step cur that was not read
// yet, in order. upTo counts events and requests of the last n steps, cur
// included. Steps that have left the windows are left out.
func (t *tape) read(cur int64, upTo func(n int64) (x, e uint64), feed func(at int64, x, e float64)) {
	first := max(t.Last+1, cur-windowSteps)
	if first >= cur {
		return
	}
	rows := t.rows(cur, first, upTo)
	lateX, lateE := t.late(cur, first, rows)
	for at := first; at < cur; at++ {
		row := rows[cur-at]
		x, e := float64(row.X), float64(row.E)
		if at == first {
			x, e = x+lateX, e+lateE
		}
		feed(at, x, e)
		t.Seen[at%tapeSteps] = row
		t.Last = at
	}
}

// rows returns the whole steps before cur, by how far they lie back: those
// from first on, and those before where anything has arrived late.
func (t *tape) rows(cur, first int64, upTo func(int64) (x, e uint64)) map[int64]tapeRow {
	rows := make(map[int64]tapeRow, cur-first)
	lastX, lastE := upTo(1)
	back := int64(1)
	next := func() {
		x, e := upTo(back + 1)
		rows[back] = tapeRow{uint32(x - lastX), uint32(e - lastE)}
		lastX, lastE = x, e
		back++
	}
	for back <= cur-first {
		next()
	}
	oldest := t.oldest(cur)
	if oldest >= first {
		return rows
	}
	x, e := upTo(cur - oldest + 1)
	var knownX, knownE uint64
	for at := oldest; at < first; at++ {
		knownX += uint64(t.Seen[at%tapeSteps].X)
		knownE += uint64(t.Seen[at%tapeSteps].E)
	}
	if x-lastX == knownX && e-lastE == knownE {
		return rows // nothing came late: the common case
	}
	for cur-back >= oldest {
		next()
	}
	return rows
}

// oldest is the first step that is remembered and still in the windows.
func (t *tape) oldest(cur int64) int64 { return max(t.Last-tapeSteps+1, cur-windowSteps, t.From) }

// start makes step the first one to be read.
func (t *tape) start(step int64) { t.Last, t.From = step-1, step }

// late returns what has arrived since for steps that were read before.
func (t *tape) late(cur, first int64, rows map[int64]tapeRow) (x, e float64) {
	for at := t.oldest(cur); at < first; at++ {
		row, ok := rows[cur-at]
		if !ok {
			continue
		}
		seen := &t.Seen[at%tapeSteps]
		if row.X > seen.X {
			x += float64(row.X - seen.X)
		}
		if row.E > seen.E {
			e += float64(row.E - seen.E)
		}
		*seen = row
	}
	return x, e
}
