package metrics

import (
	"hash/maphash"
	"time"

	"wvwatch/internal/parser"
)

// A client is counted once in clientGap, and for what has to be known sooner once
// in minuteGap. Both are fixed from its first count, so that clients that go on
// failing stay visible.
const (
	clientGap = 10 * time.Minute
	minuteGap = time.Minute
)

const (
	clientBuckets = 8192 // a power of two
	clientWays    = 8
	// dropEvery is how often a part of the clients is looked at for those that
	// are out of date.
	dropEvery = 10 * time.Second
	dropParts = 32
)

// clients remembers when 65,536 clients were counted, each for one server and
// category: 1.4 MB, taken when the first client is met, with two or three entries each. A client is known by a
// hash under a key that is made at the start of the process; it is in no
// checkpoint and is dropped after ten minutes. Within a bucket of 8 the first to
// come gives way; a client that was dropped is counted again.
type clients struct {
	seed    maphash.Seed
	hashes  []clientHashes
	spans   [][clientWays]clientSpan
	turns   []uint8 // by bucket: the entry that gives way next
	dropped int64   // when old ones of a part were dropped, Unix nanoseconds
	next    int     // the part to look through next
}

// clientHashes are a bucket's clients, 0 for none.
type clientHashes [clientWays]uint32

// clientSpan is when a client was counted, Unix nanoseconds of event time.
type clientSpan struct{ last, minutely int64 }

func newClients() clients { return clients{seed: maphash.MakeSeed()} }

// hash returns that of a client or correlation id; 0 for none.
func (c *clients) hash(id []byte) uint64 {
	if len(id) == 0 {
		return 0
	}
	return maphash.Bytes(c.seed, id) | 1
}

// count reports whether the client hash, which failed at t in a family of codes,
// is to be counted.
func (c *clients) count(hash, family uint64, t int64) (n counts) {
	if c.hashes == nil {
		c.hashes, c.spans, c.turns = make([]clientHashes, clientBuckets), make([][clientWays]clientSpan, clientBuckets), make([]uint8, clientBuckets)
	}
	hash = (hash ^ family) * 0x9E3779B97F4A7C15
	at, tag := hash>>32%clientBuckets, uint32(hash)|1
	for i, known := range &c.hashes[at] {
		if known != tag {
			continue
		}
		s := &c.spans[at][i]
		if apart(t, s.last, clientGap) {
			n.clients, s.last = 1, t
		}
		if apart(t, s.minutely, minuteGap) {
			n.minutely, s.minutely = 1, t
		}
		return n
	}
	turn := c.turns[at] % clientWays
	c.turns[at] = turn + 1
	c.hashes[at][turn], c.spans[at][turn] = tag, clientSpan{t, t}
	return counts{clients: 1, minutely: 1}
}

func apart(a, b int64, gap time.Duration) bool { return a-b >= int64(gap) || b-a >= int64(gap) }

// dropOld drops clients that were counted more than ten minutes before now, a part
// of them at a time.
func (c *clients) dropOld(now int64) {
	if c.hashes == nil || !apart(now, c.dropped, dropEvery) {
		return
	}
	c.dropped = now
	const size = clientBuckets / dropParts
	for at := c.next * size; at < (c.next+1)*size; at++ {
		for i := range c.hashes[at] {
			if s := &c.spans[at][i]; c.hashes[at][i] != 0 && now-max(s.last, s.minutely) >= int64(clientGap) {
				c.hashes[at][i], *s = 0, clientSpan{}
			}
		}
	}
	c.next = (c.next + 1) % dropParts
}

// Identity is by what the failures of a source are counted once.
type Identity uint8

// The identities, the surest first.
const (
	ByClient      Identity = iota // a device, a user or an address
	ByCorrelation                 // the id of a request or play
	ByNothing                     // each record counts
	numIdentities
)

// String returns the word of the API.
func (i Identity) String() string {
	return [...]string{"client", "correlation id", "none"}[min(i, ByNothing)]
}

// identify returns what a failure of a source is counted once by: the hash of
// its client, or where that is none of its id. Hash is 0 for neither.
func (l *Ledger) identify(s *source, client, id []byte, t int64) (hash uint64, by Identity) {
	if hash = l.clients.hash(client); hash != 0 {
		s.identity.observe(hash, 1, l.layout.now)
		if l.clients.count(hash, s.family, t).clients > 0 {
			s.identity.diversity.observe(uint32(hash>>32), 1)
		}
		if s.identity.isClient(hash) {
			return hash, ByClient
		}
	}
	if hash = l.clients.hash(id); hash != 0 {
		return hash, ByCorrelation
	}
	return 0, ByNothing
}

// failed counts who failed in a family of codes at t.
func (l *Ledger) failed(hash, family uint64, t int64) counts {
	if hash == 0 {
		return counts{clients: 1, minutely: 1}
	}
	return l.clients.count(hash, family, t)
}

// Families that are of no category: any failure of a server, and requests that no
// server answered.
const (
	anyFailure = 0x5851F42D4C957F2D
	noAnswer   = 0x14057B7EF767814F
)

// failedClient is who failed, and whether the client is to be counted.
type failedClient struct {
	hash   uint64 // 0 for unknown
	by     Identity
	any    counts // of all failures of a server
	own    counts // of the category, or of requests without an answer
	begins bool   // an incident
}

// countClient counts the failure of a request. A record that reports a code too is
// the same failure.
func (l *Ledger) countClient(s *source, q *parser.Request, t, unjudged int64) (f failedClient) {
	if q.Outcome == parser.Granted {
		if hash := l.clients.hash(q.Client); hash != 0 {
			s.identity.granted(hash, parser.ClientSample, l.layout.now)
		}
		return f
	}
	if q.Coded && q.Outcome != parser.Gateway {
		return f
	}
	f.hash, f.by = l.identify(s, q.Client, q.CorrelationID, t)
	s.identity.note(f.by)
	d, at, now := known(q.DRM), unjudged, stepOf(l.layout.now)
	r := &s.requests[d]
	f.any = l.failed(f.hash, anyFailure^uint64(d), t)
	r.failed.add(at, now, f.any)
	if q.Outcome == parser.Gateway {
		f.own, f.begins = l.failed(f.hash, noAnswer^uint64(d), t), true
		if s := r.unanswered.add(at, now, f.own); f.own.clients > 0 {
			s.note(f.hash)
		}
	}
	return f
}

// note keeps a part of the hash of the client that was counted last.
func (s *step) note(hash uint64) {
	if s == nil || hash == 0 || s.clients > maxWho {
		return
	}
	s.who[s.clients-1] = uint16(hash>>48) | 1
}
