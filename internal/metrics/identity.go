package metrics

import (
	"math/bits"
	"time"
)

// identity is what a source knows of its clients: whether what its records name is
// a client at all. A load balancer's address is the same in all of them, and to
// count it once in ten minutes would hide an outage.
//
// A device that fails and repeats for hours is one client, however many of a small
// source's records it writes: what it repeats is no sign of a load balancer: the
// address of one is granted licences, too.
type identity struct {
	kinds        [numIdentities]uint16 // of the last failures
	diversity    clientDiversity
	heavyClients [heavyClientSlots]heavyClient
	hour         int64 // since 1970, of the counts in heavyClients
	weight       uint32
	missed       uint32 // counts that heavyClients have taken back
	grants       bool   // granted requests name clients
}

// heavyClient is a client with many of the records of this hour (Misra-Gries).
type heavyClient struct {
	hash    uint64
	count   uint32
	hours   uint32 // of the last 24, bit 0 for the last: it had more than a fifth of the records
	granted bool   // it was granted a licence
}

const (
	heavyClientSlots = 8
	heavyShare       = 5  // a fifth
	heavyHours       = 12 // of the last 24
	leastHourly      = 20 // records of an hour that are enough to judge by
	allButOne        = 10 // nearly all is all but one in ten
)

// clientDiversity reports whether the last records have few different clients: granted requests,
// and failures that are counted, of which a client has one in ten minutes.
type clientDiversity struct {
	hashes []uint32 // different ones, at most crowdEnough
	seen   uint32   // records that named a client
	weight uint32   // records that they represent
	few    bool     // of the last crowdRecords
}

const (
	diversityRecords = 1000
	diversityPart    = 20 // one in so many is to be another
	diversityEnough  = diversityRecords / diversityPart
)

// granted takes in a granted request that names a client, and represents weight of
// them.
func (i *identity) granted(hash uint64, weight uint32, now int64) {
	i.grants = true
	i.diversity.observe(uint32(hash>>32), weight)
	if h := i.observe(hash, weight, now); h != nil {
		h.granted = true
	}
}

// observe takes in weight records that name a client; the entry is nil where there
// are heavier ones.
func (i *identity) observe(hash uint64, weight uint32, now int64) *heavyClient {
	if hour := now / int64(time.Hour); hour != i.hour {
		i.endHour(hour)
	}
	i.weight += weight
	free := -1
	for k := range i.heavyClients {
		switch h := &i.heavyClients[k]; {
		case h.hash == hash:
			h.count += weight
			return h
		case h.count == 0 && h.hours == 0:
			free = k
		}
	}
	if free >= 0 {
		i.heavyClients[free] = heavyClient{hash: hash, count: weight}
		return &i.heavyClients[free]
	}
	i.missed += weight
	for k := range i.heavyClients {
		h := &i.heavyClients[k]
		h.count -= min(h.count, weight)
	}
	return nil
}

// endHour notes which clients had more than their share of the hour that is over.
func (i *identity) endHour(hour int64) {
	passed := hour - i.hour
	for k := range i.heavyClients {
		h := &i.heavyClients[k]
		if passed < 0 || passed > 24 {
			h.hours = 0
			h.count = 0
			continue
		}
		h.hours <<= 1
		// The count is short by at most what was taken back.
		if i.weight >= leastHourly && h.count > i.weight/(2*heavyShare) && h.count+i.missed > i.weight/heavyShare {
			h.hours |= 1
			// One address for nearly all, hour after hour: that is known after a restart, too.
			i.diversity.few = i.diversity.few || i.noClient(h) && h.count > i.weight-i.weight/allButOne
		}
		h.hours = h.hours << (passed - 1) & (1<<24 - 1)
		h.count = 0
	}
	i.hour, i.weight, i.missed = hour, 0, 0
}

// isClient reports whether the ids of the source are clients, and this is one.
func (i *identity) isClient(hash uint64) bool {
	if i.diversity.few {
		return false
	}
	for k := range i.heavyClients {
		if h := &i.heavyClients[k]; h.hash == hash {
			return !i.noClient(h)
		}
	}
	return true
}

func (i *identity) noClient(h *heavyClient) bool {
	return bits.OnesCount32(h.hours) >= heavyHours && (h.granted || !i.grants)
}

func (c *clientDiversity) observe(hash, weight uint32) {
	c.seen++
	c.weight += weight
	if len(c.hashes) < diversityEnough {
		known := false
		for _, h := range c.hashes {
			known = known || h == hash
		}
		if !known {
			if c.hashes == nil {
				c.hashes = make([]uint32, 0, diversityEnough)
			}
			c.hashes = append(c.hashes, hash)
		}
	}
	if c.weight >= diversityRecords {
		c.few = uint32(len(c.hashes))*diversityPart < c.seen
		c.hashes, c.seen, c.weight = c.hashes[:0], 0, 0
	}
}

// note takes in by what a failure was counted.
func (i *identity) note(by Identity) {
	if i.kinds[by]++; i.kinds[by] < 512 {
		return
	}
	for k := range i.kinds {
		i.kinds[k] /= 2
	}
}

// by is what most of the last failures were counted by; ByClient where there was
// none yet.
func (i *identity) by() Identity {
	most := ByClient
	for k := range i.kinds {
		if i.kinds[k] > i.kinds[most] {
			most = Identity(k)
		}
	}
	return most
}
