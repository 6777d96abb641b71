package metrics

import (
	"math/bits"
	"time"
)

// identity is what a source knows of its clients: whether what its records name is
// a client at all. A load balancer's address is the same in all of them, and to
// count it once in ten minutes would hide an outage.
type identity struct {
	kinds  [numIdentities]uint16 // of the last failures
	crowd  crowd
	heavy  [heavySlots]heavy
	hour   int64 // since 1970, of the counts in heavy
	weight uint32
	missed uint32 // counts that heavy has taken back
}

// heavy is a client with many of the records of this hour (Misra-Gries).
type heavy struct {
	hash  uint64
	count uint32
	hours uint32 // of the last 24, bit 0 for the last: it had more than a fifth of the records
}

const (
	heavySlots  = 8
	heavyShare  = 5  // a fifth
	heavyHours  = 12 // of the last 24
	leastHourly = 20 // records of an hour that say something
)

// crowd tells whether the last records have few different clients.
type crowd struct {
	hashes []uint32 // different ones, at most crowdEnough
	seen   uint32   // records that named a client
	weight uint32   // records that they stand for
	few    bool     // of the last crowdRecords
}

const (
	crowdRecords = 1000
	crowdPart    = 20 // one in so many is to be another
	crowdEnough  = crowdRecords / crowdPart
)

// observe takes in a record that names a client, and stands for weight of them.
func (i *identity) observe(hash uint64, weight uint32, now int64) {
	i.crowd.observe(uint32(hash>>32), weight)
	if hour := now / int64(time.Hour); hour != i.hour {
		i.endHour(hour)
	}
	i.weight += weight
	free := -1
	for k := range i.heavy {
		switch h := &i.heavy[k]; {
		case h.hash == hash:
			h.count += weight
			return
		case h.count == 0 && h.hours == 0:
			free = k
		}
	}
	if free >= 0 {
		i.heavy[free] = heavy{hash: hash, count: weight}
		return
	}
	i.missed += weight
	for k := range i.heavy {
		h := &i.heavy[k]
		h.count -= min(h.count, weight)
	}
}

// endHour notes which clients had more than their share of the hour that is over.
func (i *identity) endHour(hour int64) {
	passed := hour - i.hour
	for k := range i.heavy {
		h := &i.heavy[k]
		if passed < 0 || passed > 24 {
			h.hours = 0
			h.count = 0
			continue
		}
		h.hours <<= 1
		// The count is short by at most what was taken back.
		if i.weight >= leastHourly && h.count > i.weight/(2*heavyShare) && h.count+i.missed > i.weight/heavyShare {
			h.hours |= 1
		}
		h.hours = h.hours << (passed - 1) & (1<<24 - 1)
		h.count = 0
	}
	i.hour, i.weight, i.missed = hour, 0, 0
}

// isClient reports whether the ids of the source are clients, and this is one.
func (i *identity) isClient(hash uint64) bool {
	if i.crowd.few {
		return false
	}
	for k := range i.heavy {
		if h := &i.heavy[k]; h.hash == hash {
			return bits.OnesCount32(h.hours) < heavyHours
		}
	}
	return true
}

func (c *crowd) observe(hash, weight uint32) {
	c.seen++
	c.weight += weight
	if len(c.hashes) < crowdEnough {
		known := false
		for _, h := range c.hashes {
			known = known || h == hash
		}
		if !known {
			if c.hashes == nil {
				c.hashes = make([]uint32, 0, crowdEnough)
			}
			c.hashes = append(c.hashes, hash)
		}
	}
	if c.weight >= crowdRecords {
		c.few = uint32(len(c.hashes))*crowdPart < c.seen
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
