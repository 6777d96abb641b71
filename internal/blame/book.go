package blame

import (
	"math/rand/v2"
	"slices"
	"time"

	"wvwatch/internal/codes"
)

// maxCodeNumbers bounds the codes that are counted separately; further ones count together.
const maxCodeNumbers = 512

// Book keeps what the verdict is made of, for an hour of event time. It is bounded
// whatever the logs hold: less than 5 MB. It is not safe for concurrent use.
type Book struct {
	rand       *rand.PCG
	allowed    func(dimension string, value []byte) bool
	dimensions []values
	codes      []codeNumber
	numbers    map[codeKey]uint16
	categories []string
	minutes    [keptMinutes]minute
	newest     int64 // minute
	started    int64 // Unix nanoseconds of the first event
	usual      [numSlots][]Witness
	recent     *recent // nil until a client of a granted request is seen
	befores    []*before
}

type codeKey struct {
	drm  codes.DRM
	code int
}

// codeNumber is the meaning of a number of a code.
type codeNumber struct {
	codeKey
	slot int
}

// The numbers of codes that are none.
const (
	gatewayCode  uint16 = iota // no answer from a licence server
	furtherCodes               // those over the bound
)

// New returns an empty book. Dimensions are numbered when they are first met, at most
// MaxDimensions; those that are given come first. allowed is asked once for each value
// before it gets a number; nil allows all. The seed drives the samples.
func New(dimensions []string, allowed func(dimension string, value []byte) bool, seed uint64) *Book {
	b := &Book{
		rand: rand.NewPCG(seed, 0), allowed: allowed, numbers: make(map[codeKey]uint16),
		codes: []codeNumber{gatewayCode: {slot: gatewaySlot}, furtherCodes: {slot: maxCategories - 1}},
	}
	for _, name := range dimensions {
		b.Dimension(name)
	}
	return b
}

// Dimension returns the number of a dimension, -1 where there are too many.
func (b *Book) Dimension(name string) int {
	for i := range b.dimensions {
		if b.dimensions[i].name == name {
			return i
		}
	}
	if len(b.dimensions) == MaxDimensions {
		return -1
	}
	var allowed func([]byte) bool
	if b.allowed != nil {
		allowed = func(value []byte) bool { return b.allowed(name, value) }
	}
	b.dimensions = append(b.dimensions, newValues(name, allowed))
	return len(b.dimensions) - 1
}

// Dimensions returns the names of the dimensions, by number.
func (b *Book) Dimensions() []string {
	names := make([]string, len(b.dimensions))
	for i := range b.dimensions {
		names[i] = b.dimensions[i].name
	}
	return names
}

// Place sets the value of a dimension in p. now is the time of the event, Unix
// nanoseconds.
func (b *Book) Place(p *Places, dimension int, value []byte, now int64) {
	if dimension < 0 {
		return
	}
	n, taken := b.dimensions[dimension].number(value, now)
	p[dimension] = n
	if taken != noPlace { // it was another value's
		for _, list := range b.usual {
			for i := range list {
				if list[i].Places[dimension] == taken {
					list[i].Places[dimension] = noPlace
				}
			}
		}
	}
}

// Code returns the number of a code of a category.
func (b *Book) Code(d codes.DRM, code int, category string) uint16 {
	key := codeKey{d, code}
	if n, ok := b.numbers[key]; ok {
		return n
	}
	if len(b.codes) >= maxCodeNumbers {
		return furtherCodes
	}
	at := slices.Index(b.categories, category)
	if at < 0 {
		if at = len(b.categories); at < maxCategories {
			b.categories = append(b.categories, category)
		} else {
			at = maxCategories - 1
		}
	}
	n := uint16(len(b.codes))
	b.codes = append(b.codes, codeNumber{key, at})
	b.numbers[key] = n
	return n
}

// Failure is a record with a code, or with a request that got no answer.
type Failure struct {
	At      int64   // Unix nanoseconds
	Code    uint16  // of Book.Code; 0 for no answer from a licence server
	Client  uint32  // keyed hash; 0 where it is unknown
	Begins  bool    // it begins an incident
	Counted bool    // the client did not fail in the category for ten minutes
	Sampled bool    // nor for a minute
	Failed  bool    // nor in any category for ten minutes
	Places  *Places // nil where the values were not read
}

// Failure adds a failure.
func (b *Book) Failure(f Failure) {
	m := b.minute(f.At)
	if m == nil {
		return
	}
	c, slot := m.code(f.Code), b.codes[f.Code].slot
	if f.Begins {
		c.incidents++
		if f.Client != 0 {
			m.busy[slot].add(f.Client)
		}
	}
	if f.Counted {
		c.clients++
		if f.Code == gatewayCode {
			m.unanswered++
		}
	}
	if f.Failed {
		m.failed++
	}
	switch {
	case !f.Sampled:
	case f.Places == nil:
		m.slots[slot].seen++
	default:
		second := uint8(f.At / int64(time.Second) % 60)
		m.slots[slot].add(Witness{Client: f.Client, Code: f.Code, Places: *f.Places, mark: second}, slotSize, b.rand)
	}
}

// Request is a licence request, whatever came of it. A request that failed without a
// code is a Failure, too.
type Request struct {
	At      int64 // Unix nanoseconds
	Granted bool
	Failed  bool          // without a code, and the client did not fail for ten minutes
	Took    time.Duration // 0 where it is unknown
	Client  uint32        // of a granted request in a second of the sample; 0 for none
	Places  *Places       // nil where the values were not read
}

// Request adds a request.
func (b *Book) Request(q Request) {
	m := b.minute(q.At)
	if m == nil {
		return
	}
	m.requests++
	if q.Granted {
		m.granted++
	}
	if q.Failed {
		m.failed++
	}
	if q.Took > 0 {
		m.durations.add(q.Took)
	}
	if q.Client != 0 {
		if b.recent == nil {
			b.recent = new(recent)
		}
		b.recent.add(&m.tries, q.Client, q.At)
	}
	if q.Places != nil {
		w := Witness{Places: *q.Places, granted: q.Granted}
		if q.Took > 0 {
			w.mark = uint8(bucket(q.Took)) + 1
		}
		m.sample.add(w, requestsSize, b.rand)
	}
}

// Alerting marks the minute as one of an alert: it is not learnt from.
func (b *Book) Alerting(at int64) {
	if m := b.minute(at); m != nil {
		m.alert = true
	}
}

// minute returns the minute of a time, nil where it is more than an hour back.
func (b *Book) minute(nanos int64) *minute {
	at := nanos / int64(time.Minute)
	if at <= b.newest-keptMinutes {
		return nil
	}
	if b.started == 0 {
		b.started = nanos
	}
	m := &b.minutes[at%keptMinutes]
	if m.at != at {
		b.learn(m)
		m.reset(at)
		b.newest = max(b.newest, at)
	}
	return m
}

// learnPart is the part of the minutes from which one witness goes into a full
// reservoir: half of its 256 are then replaced in 12 h.
const learnPart = .2464

// learn takes witnesses of a minute that leaves the ring into the reservoirs.
func (b *Book) learn(m *minute) {
	if m.at == 0 || m.alert {
		return
	}
	for i := range m.slots {
		kept := m.slots[i].kept
		if len(kept) == 0 {
			continue
		}
		if room := usualSize - len(b.usual[i]); room > 0 {
			b.usual[i] = append(b.usual[i], kept[:min(room, len(kept))]...)
		} else if float64(below(b.rand, 1<<20)) < learnPart*(1<<20) {
			b.usual[i][below(b.rand, usualSize)] = kept[below(b.rand, uint32(len(kept)))]
		}
	}
}

// span returns the minutes from first to last that have anything.
func (b *Book) span(first, last int64) (list []*minute) {
	for at := max(first, b.newest-keptMinutes+1); at <= min(last, b.newest); at++ {
		if m := &b.minutes[at%keptMinutes]; m.at == at {
			list = append(list, m)
		}
	}
	return list
}

// since returns the minutes of a span, the one of an onset from there on.
func (b *Book) since(onset time.Time, first, last int64) []*minute {
	list := b.span(first, last)
	if second := onset.Unix() % 60; len(list) > 0 && list[0].at == onset.Unix()/60 && second > 0 {
		list[0] = list[0].after(uint8(second))
	}
	return list
}

// each calls f for the minutes of a span.
func (b *Book) each(first, last int64, f func(*minute)) {
	for _, m := range b.span(first, last) {
		f(m)
	}
}
