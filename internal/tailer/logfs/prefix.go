package logfs

import (
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Prefix identifies the first Len bytes of a text by their mark. A content that is
// shorter than the head of a text may be a copy of it from before it grew; with their
// prefixes such texts are looked up instead of compared one by one.
type Prefix struct {
	Len  int
	Hash uint32 // 0 where the text has no mark there
}

// prefixLens are the lengths at which prefixes are looked up, from the greatest: powers
// of two, of which the grid has a mark. The first line of a log is rarely longer than a
// few hundred bytes, and the first few bytes are often the same time stamp.
var prefixLens = [...]int{256, 64, firstMark}

// Prefixes returns the prefixes under which the text is to be found.
func (f *Fingerprint) Prefixes() (all []Prefix) {
	for _, n := range prefixLens {
		if n < f.HeadLen {
			all = append(all, Prefix{n, f.marks.at(n)})
		}
	}
	for _, marks := range [][]mark{f.marks.commits, f.marks.lines} {
		for _, r := range marks {
			if x := (Prefix{int(r.offset), r.hash}); r.offset < firstMark && !slices.Contains(all, x) {
				all = append(all, x)
			}
		}
	}
	return all
}

// PrefixesOf returns the prefixes of which every text has at least one that content
// could be a shorter copy of, if head is all of content: none where head is so long
// that the head of a text suffices.
func PrefixesOf(head []byte) (all []Prefix) {
	if len(head) >= HeadMax {
		return nil
	}
	for _, n := range prefixLens {
		if n <= len(head) {
			return []Prefix{{n, markOf(head[:n])}, {n, 0}}
		}
	}
	for n := len(head); 2*n > len(head); n-- { // a mark before half of it does not show a copy
		all = append(all, Prefix{n, markOf(head[:n])})
	}
	return all
}

// Excludes reports whether a content that begins with head is neither the text nor a
// shorter copy of it. head is HeadMax bytes, or all of the content.
func (f *Fingerprint) Excludes(head []byte) bool {
	if f.HeadLen > 0 && len(head) >= f.HeadLen {
		return xxhash.Sum64(head[:f.HeadLen]) != f.Head
	}
	for _, n := range prefixLens {
		if n <= min(len(head), f.HeadLen) {
			hash := f.marks.at(n)
			return hash != 0 && hash != markOf(head[:n])
		}
	}
	return false
}

// HeadOf returns the first HeadMax bytes of c, or what there is before an error.
func HeadOf(c Content) ([]byte, error) {
	head := make([]byte, HeadMax)
	n, err := ReadFull(c, head, 0)
	return head[:n], err
}

// at returns the mark of the grid at offset n, a power of two; 0 where it has none.
func (m *marks) at(n int) uint32 {
	if k := bits.Len(uint(n)) - bits.Len(firstMark); k < len(m.grid) {
		return m.grid[k]
	}
	return 0
}
