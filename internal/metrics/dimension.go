package metrics

import (
	"bytes"
	"hash/maphash"
	"time"
	"unicode/utf8"

	"wvwatch/internal/privacy"
)

// A value of a label gets a slot by how often it occurs. While less than half of the slots are taken a
// new value gets one at once, so that its first event is visible. After that only a
// value that comes back gets one: a hundred invented values, one request each, take
// no slot from those to come. The last quarter is for values that come back for a
// while, or often. A slot is given back when its value was not
// seen for days; its counts go to other.
const (
	candidateEvents     = 3                // events of a value before it gets a slot of the second half
	candidateSpan       = 30 * time.Second // between the first of them and the last, for one of the last quarter
	manyCandidateEvents = 10               // events that are enough for that without the span
	unseenFor           = 3 * 24 * time.Hour
	searchEvery         = time.Minute // for a slot to give back
)

// dimension numbers the values of one label.
type dimension struct {
	name       string
	limit      int
	closed     bool // only the configured values
	anyForm    bool // values need not have the form of a group's name
	numbers    map[string]int32
	values     []string // by number; "" for one that is free
	seen       []int64  // by number: when an event of it was read last
	free       []int32
	overflow   uint64 // how often a value did not fit
	candidates *valueCandidates
	crowded    bool  // a value waits for a slot
	searched   int64 // when a slot to give back was looked for
}

func newDimension(name string, limit int, allowed []string) dimension {
	d := dimension{name: name, limit: limit, numbers: map[string]int32{Other: otherValue}, values: []string{"", Other}, seen: []int64{0, 0}}
	for _, v := range allowed {
		d.add(v, 0)
	}
	if d.closed = len(allowed) > 0; !d.closed {
		d.candidates = newValueCandidates()
	}
	return d
}

// taken returns how many slots are taken.
func (d *dimension) taken() int { return len(d.values) - 2 - len(d.free) }

// number returns the number of the value of an event that happened at t, 0 for
// unknown, and is read at now; fits is false where it counts as other.
func (d *dimension) number(value []byte, t, now int64) (n int32, fits bool) {
	if len(value) == 0 {
		return noValue, true
	}
	if n, ok := d.numbers[string(value)]; ok {
		d.seen[n] = now
		return n, true
	}
	if d.closed || !d.accepts(value) {
		return otherValue, false
	}
	if !utf8.Valid(value) { // a label value must be UTF-8
		return d.number(bytes.ToValidUTF8(value, []byte(string(utf8.RuneError))), t, now)
	}
	if t == 0 {
		t = now
	}
	if taken := d.taken(); 2*taken >= d.limit && !d.candidates.admitted(value, t, 4*taken >= 3*d.limit) || taken >= d.limit {
		d.crowded = true
		return otherValue, false
	}
	return d.add(string(value), now), true
}

// accepts reports whether value may have a slot by its form.
func (d *dimension) accepts(value []byte) bool {
	if d.anyForm {
		return len(value) <= privacy.MaxLabel
	}
	return privacy.LabelValue(value)
}

// add gives a value a slot.
func (d *dimension) add(value string, now int64) (n int32) {
	if last := len(d.free) - 1; last >= 0 {
		n = d.free[last]
		d.free = d.free[:last]
		d.values[n], d.seen[n] = value, now
	} else {
		n = int32(len(d.values))
		d.values, d.seen = append(d.values, value), append(d.seen, now)
	}
	d.numbers[value] = n
	return n
}

// restored returns the number of a value that an earlier run had a slot for, last
// seen at a time.
func (d *dimension) restored(value string, last int64) int32 {
	if value == "" {
		return noValue
	}
	n, ok := d.numbers[value]
	if !ok {
		if d.closed || d.taken() >= d.limit || !d.accepts([]byte(value)) {
			return otherValue
		}
		n = d.add(value, last)
	}
	d.seen[n] = max(d.seen[n], last)
	return n
}

// unseen returns the value that was not seen for the longest, if that is for days
// and another value waits for a slot; else noValue.
func (d *dimension) unseen(now int64) int32 {
	if !d.crowded || now-d.searched < int64(searchEvery) {
		return noValue
	}
	d.searched, d.crowded = now, false
	oldest := noValue
	for n := otherValue + 1; int(n) < len(d.values); n++ {
		if d.values[n] != "" && now-d.seen[n] > int64(unseenFor) && (oldest == noValue || d.seen[n] < d.seen[oldest]) {
			oldest = n
		}
	}
	return oldest
}

// drop frees the slot of a value.
func (d *dimension) drop(n int32) {
	delete(d.numbers, d.values[n])
	d.values[n] = ""
	d.free = append(d.free, n)
}

// valueCandidates counts the events of values without a slot, in as many places as memory
// is spent on it (130 KiB). Where a new value finds no free place in its bucket, it
// takes that of the value that came once and longest ago: invented values push out
// each other, and not one that comes back.
type valueCandidates struct {
	seed    maphash.Seed
	buckets [candidateBuckets][candidateWays]valueCandidate
}

const (
	candidateBuckets = 1024
	candidateWays    = 4
)

type valueCandidate struct {
	hash        uint64
	events      uint32
	first, last int64 // event times, Unix nanoseconds
}

func newValueCandidates() *valueCandidates { return &valueCandidates{seed: maphash.MakeSeed()} }

// admitted counts an event of a value at t, and reports whether the value gets a
// slot, where few are left one of those.
func (e *valueCandidates) admitted(value []byte, t int64, few bool) bool {
	h := maphash.Bytes(e.seed, value)
	bucket := &e.buckets[h%candidateBuckets]
	p := &bucket[0]
	for i := range bucket {
		q := &bucket[i]
		if q.hash == h {
			p = q
			break
		}
		if once := q.events <= 1; once != (p.events <= 1) && once || once == (p.events <= 1) && q.last < p.last {
			p = q
		}
	}
	if p.hash != h {
		*p = valueCandidate{hash: h, first: t, last: t}
	}
	p.events++
	p.first, p.last = min(p.first, t), max(p.last, t)
	return p.events >= candidateEvents && (!few || p.last-p.first >= int64(candidateSpan) || p.events >= manyCandidateEvents)
}
