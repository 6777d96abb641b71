package metrics

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"wvwatch/internal/parser"
	"wvwatch/internal/privacy"
)

// Other is the label value that takes what is over a limit: values over
// label_limit, and unlisted codes over 100 of one source and drm.
const Other = "other"

// maxLabels bounds the labels that counts are kept by.
const maxLabels = 8

// maxTuples bounds the combinations of their values: of eight labels of a hundred
// values each there could be more than memory holds.
const maxTuples = 20_000

// Values have small numbers, so that a cell's key needs no string.
const (
	noValue    int32 = iota // unknown
	otherValue              // over the limit
)

// noTuple is the number of the tuple whose values are all unknown: of every
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
}

func newLabels(cfg Config) labels {
	l := labels{numbers: map[tuple]int32{{}: noTuple}, values: [][]string{nil}}
	for _, name := range cfg.Labels {
		l.dimensions = append(l.dimensions, newDimension(name, cfg.LabelLimit))
	}
	return l
}

// columns says for each label where an event holds its value: an index of its
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

// of returns the number of an event's tuple. What does not fit counts as other,
// in its label's overflow too. Values met before cost no allocation.
func (l *labels) of(e *parser.Event, at *columns) int32 {
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
		if t[i], fits = d.number(value); !fits {
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
	fits = len(l.values) < maxTuples
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
	n = int32(len(l.values))
	l.numbers[t] = n
	l.values = append(l.values, values)
	return n, fits
}

// restored returns the number of the tuple that an earlier run kept by name.
func (l *labels) restored(st *CellState) int32 {
	var t tuple
	for i := range l.dimensions {
		d := &l.dimensions[i]
		t[i], _ = d.number([]byte(st.label(d.name)))
	}
	n, _ := l.number(t)
	return n
}

// dimension numbers the values of one label.
type dimension struct {
	name     string
	limit    int
	numbers  map[string]int32
	values   []string // by number
	overflow uint64   // how often a value did not fit
}

func newDimension(name string, limit int) dimension {
	return dimension{name: name, limit: limit, numbers: map[string]int32{Other: otherValue}, values: []string{"", Other}}
}

// number returns the number of a value; fits is false where it is over a limit
// and counts as other.
func (d *dimension) number(value []byte) (n int32, fits bool) {
	if len(value) == 0 {
		return noValue, true
	}
	if n, ok := d.numbers[string(value)]; ok {
		return n, true
	}
	if len(value) > parser.MaxLabelValue {
		return otherValue, false
	}
	if !utf8.Valid(value) { // a label value must be UTF-8
		return d.number(bytes.ToValidUTF8(value, []byte(string(utf8.RuneError))))
	}
	if len(d.values)-2 >= d.limit || !privacy.LabelValue(value) {
		return otherValue, false
	}
	n = int32(len(d.values))
	d.values = append(d.values, string(value))
	d.numbers[d.values[n]] = n
	return n, true
}
