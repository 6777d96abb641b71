package blame

import "math/rand/v2"

// MaxDimensions is how many dimensions a witness has a value of.
const MaxDimensions = 10

// Places are the numbers of one record's values, by dimension; 0 where the record
// has none.
type Places [MaxDimensions]uint16

// Witness is one client that failed, or one licence request: who, of which kind,
// and where. It is 28 bytes.
type Witness struct {
	Client  uint32 // keyed hash of the client; 0 where it is unknown
	Code    uint16 // number of the code of a client that failed
	Places  Places
	granted bool  // a request that was granted
	mark    uint8 // of a request the bucket of its duration, from 1, 0 where it is unknown; of a failure the second of its minute
}

// slot keeps a uniform sample of what was seen (Vitter's algorithm R). Records of
// which the values were not read are seen and not kept.
type slot struct {
	seen uint32 // all
	read uint32 // those with values
	kept []Witness
}

// add takes a witness with probability size of those read.
func (s *slot) add(w Witness, size int, r *rand.PCG) {
	s.seen++
	s.read++
	if len(s.kept) < size {
		if s.kept == nil {
			s.kept = make([]Witness, 0, size)
		}
		s.kept = append(s.kept, w)
		return
	}
	if at := below(r, s.read); at < uint32(size) {
		s.kept[at] = w
	}
}

// reset empties the slot and keeps its memory.
func (s *slot) reset() { *s = slot{kept: s.kept[:0]} }

// below returns a number from 0 to n-1.
func below(r *rand.PCG, n uint32) uint32 {
	return uint32(r.Uint64() >> 32 * uint64(n) >> 32)
}
