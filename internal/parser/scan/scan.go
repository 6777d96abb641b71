// Package scan marks, in one pass over a text, the places where a literal may begin and
// the quotes and ends of lines.
//
// The pass needs AVX2. Where the processor lacks it, and in builds with the tag purego,
// Available reports false and callers search byte by byte instead.
package scan

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"wvwatch/internal/parser/lex"
)

// Window is how many bytes of a literal the pass compares.
const Window = 3

// Finder knows which windows to mark. It is not changed after New and safe for
// concurrent use.
type Finder struct {
	// Of each of the three bytes of a window, sixteen bytes by its low four bits and
	// sixteen by its high ones. Bit b of them is set where a window of bucket b may
	// have the byte: a place is marked where a bit is left in all six.
	tables [2 * Window * 16]byte
}

// buckets is how many sets of windows the pass distinguishes.
const buckets = 8

// New returns a Finder of windows, which have one to three bytes. A place may also be
// marked where no window begins: the caller compares.
func New(windows []string) *Finder {
	windows = slices.Clone(windows)
	slices.Sort(windows)
	slices.SortStableFunc(windows, func(a, b string) int { return cmp.Compare(share([]string{b}), share([]string{a})) })
	var sets [buckets][]string
	for _, w := range slices.Compact(windows) {
		best, least := 0, math.MaxFloat64
		for b, set := range sets { // the bucket that is marked least more often
			more := share(append(slices.Clone(set), w))
			if len(set) > 0 {
				more -= share(set)
			}
			if more < least {
				best, least = b, more
			}
		}
		sets[best] = append(sets[best], w)
	}
	f := new(Finder)
	for b, set := range sets {
		for k := range Window {
			low, high := f.tables[32*k:32*k+16], f.tables[32*k+16:32*k+32]
			lows, highs := nibbles(set, k)
			for n := range 16 {
				low[n] |= byte(lows>>n&1) << b
				high[n] |= byte(highs>>n&1) << b
			}
		}
	}
	return f
}

// nibbles returns the sets of the low and the high four bits of byte k of the windows. A
// window that is shorter has any.
func nibbles(windows []string, k int) (low, high uint16) {
	for _, w := range windows {
		if k >= len(w) {
			return math.MaxUint16, math.MaxUint16
		}
		low |= 1 << (w[k] & 15)
		high |= 1 << (w[k] >> 4)
	}
	return low, high
}

// share estimates the share of places in a log that a bucket of windows marks.
func share(windows []string) float64 {
	product := 1.0
	for k := range Window {
		low, high := nibbles(windows, k)
		sum := 0.0
		for h := range 16 {
			if high>>h&1 == 0 {
				continue
			}
			for l := range 16 {
				if low>>l&1 != 0 {
					sum += shares[h<<4|l]
				}
			}
		}
		product *= sum
	}
	return product
}

// shares estimates how often each byte is in logs.
var shares = func() (of [256]float64) {
	for c := range of {
		of[c] = 1 / float64(4+lex.Rank(byte(c)))
	}
	return of
}()

// Map is what was marked in a text: bit i of each set represents byte i. The zero value
// is that of an empty text.
type Map struct {
	places, quotes, newlines []uint64
	size                     int // of the text
	tail                     [3 * 64]byte
}

// Scan marks text, of which nothing is kept. The memory of the text before is reused.
func (m *Map) Scan(f *Finder, text []byte) {
	n := (len(text) + 63) / 64
	if cap(m.quotes) <= n {
		m.places, m.quotes, m.newlines = make([]uint64, n), make([]uint64, n+1), make([]uint64, n)
	}
	m.places, m.quotes, m.newlines, m.size = m.places[:n], m.quotes[:n+1], m.newlines[:n], len(text)
	m.quotes[n] = 0
	whole := max(len(text)-(Window-1), 0) / 64 // the pass reads beyond the last place
	if whole > 0 {
		mark(&m.places[0], &m.quotes[0], &m.newlines[0], &text[0], whole, &f.tables)
	}
	if whole < n {
		k := copy(m.tail[:], text[64*whole:])
		clear(m.tail[k:])
		mark(&m.places[whole], &m.quotes[whole], &m.newlines[whole], &m.tail[0], n-whole, &f.tables)
	}
}

// Place returns the first marked place at or after i, or the size of the text.
func (m *Map) Place(i int) int { return m.next(m.places, i) }

// Quote returns the place of the first quote at or after i, or the size of the text.
func (m *Map) Quote(i int) int { return m.next(m.quotes, i) }

// ToQuote returns how far after i, which is in the text, the first quote is, or 64 where it
// is not among the next 63 bytes.
func (m *Map) ToQuote(i int) int {
	k, n := uint(i)/64, uint(i)%64
	next := m.quotes[k : k+2] // the last one is followed by an empty one
	return bits.TrailingZeros64(next[0]>>n | next[1]<<1<<(63-n))
}

// Newline returns the place of the first end of a line at or after i, or the size of the
// text.
func (m *Map) Newline(i int) int { return m.next(m.newlines, i) }

func (m *Map) next(set []uint64, i int) int {
	k := uint(i) / 64
	if k >= uint(len(set)) {
		return m.size
	}
	found := set[k] &^ (1<<(uint(i)%64) - 1)
	for found == 0 {
		if k++; k >= uint(len(set)) {
			return m.size
		}
		found = set[k]
	}
	return int(k)*64 + bits.TrailingZeros64(found)
}
