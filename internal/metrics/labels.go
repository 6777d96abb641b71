package metrics

import (
	"slices"

	"wvwatch/internal/parser"
)

// Other is the label value that takes what is over a limit: values over
// label_limit, and unlisted codes over 100 of one source and drm.
const Other = "other"

// maxLabels bounds the labels that counts are kept by.
const maxLabels = 8

// maxTuples bounds the combinations of their values: of eight labels of a hundred
// values each there could be more than memory holds.
const maxTuples = 20_000

// maxCells bounds the codes that are counted by label values, of all sources: each is
// some four series and half a kilobyte, and more of a scrape.
const maxSeries = 100_000

// Values have small numbers, so that the key of a series needs no string.
const (
	noValue    int32 = iota // unknown
	otherValue              // over the limit
)

// noTuple is the number of the tuple of unknown values only: of every
// event where no labels are configured.
const noTuple int32 = 0

// tuple holds the number of a value for each label, in their order.
type tuple [maxLabels]int32

// labels numbers the values of the free labels and the tuples of them, and
// bounds how many there are. The values are text from logs.
type labels struct {
	dimensions []dimension
	numbers    map[tuple]int32
	values     [][]string // by number of the tuple, in the order of the labels
	free       []int32    // numbers of tuples that are not used any more
	series     int        // that are counted by a tuple or have no place of their own
}

func newLabels(cfg Config) labels {
	l := labels{numbers: map[tuple]int32{{}: noTuple}, values: [][]string{nil}}
	for _, name := range cfg.Labels {
		d := newDimension(name, cfg.LabelLimit, cfg.valuesOf(name))
		d.anyForm = slices.Contains(cfg.PathLabels, name)
		l.dimensions = append(l.dimensions, d)
	}
	return l
}

// columns holds for each label the place of its value in an event: an index of its
// Labels, or one of the two below.
type columns [maxLabels]int

const (
	absent   = -1 // the source does not know the label
	asTenant = -2
)

func (l *labels) columns(names []string) (c columns) {
	for i := range l.dimensions {
		if name := l.dimensions[i].name; name == labelTenant {
			c[i] = asTenant
		} else {
			c[i] = slices.Index(names, name)
		}
	}
	return c
}

// of returns the number of the tuple of an event that is read at now. What does not
// fit counts as other, in its label's overflow too. It allocates nothing but for a
// value or a tuple that gets a number.
func (l *labels) of(e *parser.Event, at *columns, now int64) int32 {
	var t tuple
	for i := range l.dimensions {
		d := &l.dimensions[i]
		value := e.Tenant
		if at[i] != asTenant {
			if value = nil; at[i] >= 0 && at[i] < len(e.Labels) {
				value = e.Labels[at[i]]
			}
		}
		var fits bool
		if t[i], fits = d.number(value, e.Time, now); !fits {
			d.overflow++
		}
	}
	if t == (tuple{}) {
		return noTuple
	}
	n, fits := l.number(t)
	if !fits {
		for i := range l.dimensions {
			if t[i] != otherValue {
				l.dimensions[i].overflow++
			}
		}
	}
	return n
}

// number returns the number of a tuple; fits is false where there are too many
// and it counts as other in every label.
func (l *labels) number(t tuple) (n int32, fits bool) {
	if n, ok := l.numbers[t]; ok {
		return n, true
	}
	fits = len(l.values)-len(l.free) < maxTuples
	if !fits {
		for i := range l.dimensions {
			t[i] = otherValue
		}
		if n, ok := l.numbers[t]; ok {
			return n, false
		}
	}
	values := make([]string, len(l.dimensions))
	for i := range values {
		values[i] = l.dimensions[i].values[t[i]]
	}
	if last := len(l.free) - 1; last >= 0 {
		n = l.free[last]
		l.free = l.free[:last]
		l.values[n] = values
	} else {
		n = int32(len(l.values))
		l.values = append(l.values, values)
	}
	l.numbers[t] = n
	return n, fits
}

// room returns the tuple by which a code that is not counted by the given one yet is
// counted: where there are too many series, the tuple of other values.
func (l *labels) room(n int32) int32 {
	if l.series >= maxSeries && n != noTuple {
		var other tuple
		for i := range l.dimensions {
			other[i] = otherValue
		}
		if to, fits := l.number(other); fits && to != n {
			for i := range l.dimensions {
				l.dimensions[i].overflow++
			}
			return to
		}
	}
	l.series++
	return n
}

// restored returns the number of the tuple that an earlier run kept by name.
func (l *labels) restored(st *CodeState) int32 {
	var t tuple
	for i := range l.dimensions {
		d := &l.dimensions[i]
		t[i] = d.restored(st.label(d.name), st.Last)
	}
	n, _ := l.number(t)
	return n
}

// giveBack frees the slot of a value for which no event came for days, where one of
// the labels needs it, and returns which tuples give their series to which others.
func (l *labels) giveBack(now int64) (moves map[int32]int32) {
	for i := range l.dimensions {
		d := &l.dimensions[i]
		gone := d.unseen(now)
		if gone == noValue {
			continue
		}
		moves = make(map[int32]int32)
		for t, n := range l.numbers {
			if t[i] == gone {
				delete(l.numbers, t)
				moves[n] = noTuple
				t[i] = otherValue
				moves[n], _ = l.number(t)
			}
		}
		for n := range moves {
			l.values[n] = nil
			l.free = append(l.free, n)
		}
		d.drop(gone)
		return moves // one at a time: the rest has until the next event
	}
	return nil
}
