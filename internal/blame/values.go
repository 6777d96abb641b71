package blame

import (
	"time"
	"unicode/utf8"
)

// Bounds on the values of one dimension.
const (
	maxValues = 1000
	maxValue  = 128            // bytes
	unseenFor = 24 * time.Hour // after which a value's number may be given to another
)

// Numbers of values that are none.
const (
	noPlace    uint16 = iota // the record names no value
	otherPlace               // the value is over a bound, or not allowed
	firstPlace
)

// values numbers the values of one dimension. A value that was not seen for a day
// gives its number to a new one when all are taken.
type values struct {
	name    string
	allowed func(text []byte) bool // asked once, before a value gets a number
	numbers map[string]uint16
	list    []value // by number
	looked  int64   // when an unseen value was last looked for
}

// value is one value; times are Unix nanoseconds.
type value struct {
	text        string
	first, last int64
}

func newValues(name string, allowed func([]byte) bool) values {
	return values{name: name, allowed: allowed, numbers: make(map[string]uint16), list: make([]value, firstPlace)}
}

// number returns the number of a value that is seen at now, and the number that was
// taken from an unseen value for it, or noPlace. It allocates for a new value only.
func (v *values) number(text []byte, now int64) (n, taken uint16) {
	if len(text) == 0 {
		return noPlace, noPlace
	}
	if n, ok := v.numbers[string(text)]; ok {
		v.list[n].last = max(v.list[n].last, now)
		return n, noPlace
	}
	if len(text) > maxValue || !utf8.Valid(text) || v.allowed != nil && !v.allowed(text) {
		return otherPlace, noPlace
	}
	if len(v.list) < maxValues+int(firstPlace) {
		n = uint16(len(v.list))
		v.list = append(v.list, value{})
	} else if n = v.unseen(now); n == noPlace {
		return otherPlace, noPlace
	} else {
		delete(v.numbers, v.list[n].text)
		taken = n
	}
	v.list[n] = value{text: string(text), first: now, last: now}
	v.numbers[v.list[n].text] = n
	return n, taken
}

// unseen returns the value that was not seen for the longest, if that is a day.
func (v *values) unseen(now int64) uint16 {
	if now-v.looked < int64(time.Minute) {
		return noPlace
	}
	v.looked = now
	oldest := firstPlace
	for n := firstPlace; int(n) < len(v.list); n++ {
		if v.list[n].last < v.list[oldest].last {
			oldest = n
		}
	}
	if now-v.list[oldest].last < int64(unseenFor) {
		return noPlace
	}
	return oldest
}

// text returns the value of a number, "other" and "" for those that are none.
func (v *values) text(n uint16) string {
	switch {
	case n == otherPlace:
		return "other"
	case int(n) < len(v.list):
		return v.list[n].text
	}
	return ""
}

// count returns how many values have a number.
func (v *values) count() int { return len(v.list) - int(firstPlace) }
