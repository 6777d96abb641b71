package detect

import "slices"

// clients are up to eight different ones. A checkpoint keeps how many they
// are, not who: hashes do not outlive the process.
type clients struct {
	N      int       `json:"n,omitempty"`
	hashes [8]uint32 // the first N
}

func (c *clients) add(hashes []uint64) {
	for _, h := range hashes {
		if c.N == len(c.hashes) {
			return
		}
		if short := shorten(h); !slices.Contains(c.hashes[:c.N], short) {
			c.hashes[c.N] = short
			c.N++
		}
	}
}

func (c *clients) sound() bool { return c.N >= 0 && c.N <= len(c.hashes) }

// recent are the last eight different clients, the latest first. A device that
// goes on for hours stays among them, and is counted once for evidence, normal
// and drift; twenty clients that go on are not.
type recent [8]uint32

// fresh returns how many of x events are those of other clients, and remembers
// the clients. Only the first eight events have hashes.
func (r *recent) fresh(hashes []uint64, x float64) float64 {
	for _, h := range hashes {
		short := shorten(h)
		i := slices.Index(r[:], short)
		if i >= 0 {
			x--
		} else {
			i = len(r) - 1
		}
		copy(r[1:i+1], r[:i])
		r[0] = short
	}
	return max(x, 0)
}

// shorten is never 0, which is no client.
func shorten(hash uint64) uint32 { return uint32(hash^hash>>32) | 1 }

// tally counts the four most frequent codes by Space-Saving: where there are
// more, a count may be too high by that of the rarest.
type tally [4]Count

func (t *tally) add(counts []Count) {
	for _, c := range counts {
		least := &t[0]
		for i := range t {
			held := &t[i]
			if held.N > 0 && held.Code == c.Code {
				least = nil
				held.N += c.N
				break
			}
			if held.N < least.N {
				least = held
			}
		}
		if least != nil && c.N > 0 {
			*least = Count{c.Code, least.N + c.N}
		}
	}
}

func (t *tally) sound() bool {
	for _, c := range t {
		if !finite(float64(c.N)) || c.N < 0 {
			return false
		}
	}
	return true
}
