package blame

import (
	"math/bits"
	"slices"
	"time"
)

// Sizes of the samples.
const (
	slotSize      = 128 // clients that failed, by category and minute
	requestsSize  = 64  // requests, by minute
	usualSize     = 256 // clients that failed, by category, from before the ring
	keptMinutes   = int64(Memory / time.Minute)
	maxCategories = 16
	gatewaySlot   = maxCategories // after the categories
	numSlots      = maxCategories + 1
)

// minute holds what happened in one minute of event time.
type minute struct {
	at         int64  // minutes since 1970; 0 for none yet
	requests   uint32 // licence requests
	granted    uint32
	failed     uint32 // clients that failed, each once in ten minutes
	unanswered uint32 // clients without an answer from a licence server, likewise
	tries      tries
	durations  durations
	codes      []tally // by number of the code
	slots      [numSlots]slot
	busy       [numSlots]busy
	sample     slot // of requests
	alert      bool // an alert is pending or firing: the minute is not learnt from
}

// tally counts one code.
type tally struct{ clients, incidents uint32 }

// reset makes m the given minute, with nothing in it, and keeps its memory.
func (m *minute) reset(at int64) {
	clear(m.codes)
	for i := range m.slots {
		m.slots[i].reset()
	}
	m.sample.reset()
	*m = minute{at: at, codes: m.codes, slots: m.slots, sample: m.sample}
}

// after returns what happened in m from a second on. Failures are estimated from the
// sample, which is all of them where a minute has few; requests are taken for even.
func (m *minute) after(second uint8) *minute {
	part := func(n uint32, of float64) uint32 { return uint32(float64(n)*of + .5) }
	left := 1 - float64(second)/60
	later := &minute{
		at: m.at, requests: part(m.requests, left), granted: part(m.granted, left), tries: m.tries, durations: m.durations,
		codes: slices.Clone(m.codes), busy: m.busy, sample: m.sample, alert: m.alert,
	}
	ratio := func(in, all int) float64 {
		if all == 0 {
			return left
		}
		return float64(in) / float64(all)
	}
	allBy, inBy, all, in := make(map[uint16]int), make(map[uint16]int), 0, 0
	for i := range m.slots {
		s := slot{seen: m.slots[i].seen}
		for _, w := range m.slots[i].kept {
			if allBy[w.Code]++; w.mark >= second {
				inBy[w.Code]++
				s.kept = append(s.kept, w)
			}
		}
		of := ratio(len(s.kept), len(m.slots[i].kept))
		all, in = all+len(m.slots[i].kept), in+len(s.kept)
		s.seen = part(s.seen, of)
		for k := range later.busy[i] {
			later.busy[i][k].incidents = part(m.busy[i][k].incidents, of)
		}
		later.slots[i] = s
	}
	for i := range later.codes {
		of := ratio(inBy[uint16(i)], allBy[uint16(i)])
		later.codes[i] = tally{part(m.codes[i].clients, of), part(m.codes[i].incidents, of)}
	}
	later.failed, later.unanswered = part(m.failed, ratio(in, all)), part(m.unanswered, ratio(inBy[gatewayCode], allBy[gatewayCode]))
	return later
}

// namesClients reports whether a failure is of a known client.
func (m *minute) namesClients() bool {
	for i := range m.slots {
		if slices.ContainsFunc(m.slots[i].kept, func(w Witness) bool { return w.Client != 0 }) {
			return true
		}
	}
	return false
}

func (m *minute) code(n uint16) *tally {
	for len(m.codes) <= int(n) {
		m.codes = append(m.codes, tally{})
	}
	return &m.codes[n]
}

// busy counts the incidents of the clients with the most of them (space saving): a
// client with more than a quarter is among them.
type busy [4]struct{ client, incidents uint32 }

func (b *busy) add(client uint32) {
	least := 0
	for i := range b {
		if b[i].client == client {
			b[i].incidents++
			return
		}
		if b[i].incidents < b[least].incidents {
			least = i
		}
	}
	b[least].client = client
	b[least].incidents++
}

// durations counts how long answers took, in four buckets to each power of two of
// milliseconds.
type durations [64]uint32

func (d *durations) add(took time.Duration) { d[bucket(took)]++ }

// bucket returns the one of a duration.
func bucket(took time.Duration) int {
	ms := uint64(max(took/time.Millisecond, 1))
	octave := bits.Len64(ms) - 1
	quarter := 0
	if octave >= 2 {
		quarter = int(ms>>(octave-2)) & 3
	}
	return min(4*octave+quarter, len(durations{})-1)
}

func (d *durations) merge(o *durations) {
	for i := range d {
		d[i] += o[i]
	}
}

// p95 returns the bound below which 95 % of the answers came, in seconds; 0 where
// there are fewer than 20.
func (d *durations) p95() float64 {
	all, sum := uint64(0), uint64(0)
	for _, n := range d {
		all += uint64(n)
	}
	if all < 20 {
		return 0
	}
	for i, n := range d {
		if sum += uint64(n); 20*sum >= 19*all {
			return float64(uint64(1)<<(i/4)) * (1 + float64(i%4+1)/4) / 1000
		}
	}
	return 0
}

// tries counts how often the clients of a part of the granted requests come again. The
// part is all requests of some seconds in a row.
type tries struct{ seen, again uint32 }

func (t *tries) merge(o tries) { t.seen, t.again = t.seen+o.seen, t.again+o.again }

// leastTries is how many requests show how often clients try.
const leastTries = 20

// each estimates the requests of one granted play, from below: what is tried outside of
// the part is not seen.
func (t tries) each() float64 {
	if t.seen < leastTries {
		return 1
	}
	return float64(t.seen) / float64(t.seen-t.again)
}

// recent remembers when 4,096 clients were last seen, by their hash.
type recent [4096]struct {
	client uint32
	second uint32 // since 1970
}

// againWithin is how many seconds after a request another one of the client is a try of
// the same play: the parser names the clients of so many in a row.
const againWithin = 16

// add counts a request of a client in t.
func (r *recent) add(t *tries, client uint32, at int64) {
	e, second := &r[client%uint32(len(r))], uint32(at/int64(time.Second))
	t.seen++
	if e.client == client && second-e.second < againWithin {
		t.again++
	}
	e.client, e.second = client, second
}
