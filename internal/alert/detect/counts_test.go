package detect

// counted is what one category counted in a step.
type counted struct {
	x, x1, incidents, occurrences float64
	clients                       []uint64
}

// tick is what a service counted in a step, by all identities.
type tick struct {
	at       int64
	offset   int
	failed   [categories]counted
	plays    float64 // granted and clients that failed
	joined   float64 // granted and incidents
	requests float64
}

// counter counts as a daemon does: a client once in ten minutes and category,
// and once in a minute.
type counter struct {
	first    int64
	ten, one [categories][]int32
	failed   []int32
	out      tick
}

func newCounter(first int64, clients int) counter {
	c := counter{first: first, failed: make([]int32, clients)}
	for k := range c.ten {
		c.ten[k], c.one[k] = make([]int32, clients), make([]int32, clients)
	}
	return c
}

// begin starts the step at.
func (c *counter) begin(at int64, offset int) {
	c.out = tick{at: at, offset: offset, failed: c.out.failed}
	for k := range c.out.failed {
		c.out.failed[k] = counted{clients: c.out.failed[k].clients[:0]}
	}
}

func (c *counter) grant(n float64) {
	o := &c.out
	o.plays, o.joined, o.requests = o.plays+n, o.joined+n, o.requests+n
}

// fail counts a play that fails. It is an incident of its own but where it is
// tried again with the same correlation id.
func (c *counter) fail(client int32, category int, same bool) {
	o, at := &c.out, int32(c.out.at-c.first+1000)
	f := &o.failed[category]
	f.occurrences++
	o.requests++
	if !same {
		f.incidents++
		o.joined++
	}
	again := func(last *int32, after int32) bool {
		if *last != 0 && at-*last < after {
			return false
		}
		*last = at
		return true
	}
	if again(&c.ten[category][client], 60) {
		f.x++
		if len(f.clients) < 8 {
			f.clients = append(f.clients, uint64(client+1)*0x9e3779b97f4a7c15)
		}
	}
	if again(&c.one[category][client], 6) {
		f.x1++
	}
	if again(&c.failed[client], 60) {
		o.plays++
	}
}
