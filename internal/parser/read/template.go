package read

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/scan"
	"wvwatch/internal/parser/tape"
)

// template is the skeleton of a JSON line: what is between its values. A logger writes
// the same skeleton line after line, and where it is the same, the tokens are: members
// need not be found, named and nested again. A template knows no field's meaning: it is
// made from the tokens that the walker wrote, and writes them again with other texts.
type template struct {
	line    []byte // from which it was made
	gaps    []gap
	tail    []byte // from the last value to the end of the line
	steps   []step
	all     layout
	brief   layout  // of a line without a code
	late    []int16 // the others of values, which such a line may be asked for
	strings []stringStep
	speaks  bool     // an object may report a code of its own: all steps are wanted
	number  uint32   // no other template has had it
	last    *planned // of the last line that had one
	slot    int8     // its index in common of the others
	common  [maxTemplates]int16
}

// reset empties p and keeps its memory, and its place among the others.
func (p *template) reset() {
	p.line, p.gaps, p.steps, p.late, p.strings, p.speaks = p.line[:0], p.gaps[:0], p.steps[:0], p.late[:0], p.strings[:0], false
	p.all.reset()
	p.brief.reset()
}

// gap is what is before a value.
type gap struct {
	text   []byte           // of the template's line
	words  [shortGap]uint64 // it, in a line from where it begins, less what masks has no bits for; of a short one
	masks  [shortGap]uint64
	quoted bool // the value is a string
}

// shortGap is how many words a gap has at most that is compared by words.
const shortGap = 4

func gapOf(text []byte, quoted bool) gap {
	g := gap{text: text, quoted: quoted}
	if len(text) <= 8*shortGap {
		for i, c := range text {
			g.words[i/8] |= uint64(c) << (i % 8 * 8)
			g.masks[i/8] |= 0xff << (i % 8 * 8)
		}
	}
	return g
}

// is reports whether two gaps are the same.
func (g *gap) is(o *gap) bool { return g.quoted == o.quoted && bytes.Equal(g.text, o.text) }

// begins reports whether the gap, a short one, begins t. To compare words costs less than
// a call.
func (g *gap) begins(t *[8 * shortGap]byte) bool {
	return (word(t[:])^g.words[0])&g.masks[0]|(word(t[8:])^g.words[1])&g.masks[1]|
		(word(t[16:])^g.words[2])&g.masks[2]|(word(t[24:])^g.words[3])&g.masks[3] == 0
}

func word(t []byte) uint64 { return binary.LittleEndian.Uint64(t) }

// step is one token of a template, or a string that is read for its content.
type step struct {
	token    tape.Token // without its text
	text     source     // where that is in the line
	value    int16      // the value that it is
	from, to edge       // the edges that it is between
	at       place      // of a string that is read for its content
	last     *cached    // what the string was in the last line
	misses   uint8      // how often in a row it was no known one
}

// stringStep is the step of a string.
type stringStep struct {
	step, value int16
	extra       bool // it is read whatever is in it
}

// source is where a step has its text from.
type source uint8

const (
	noText   source = iota
	ofValue         // a value
	ofEdges         // between two edges
	ofString        // no token: a value that is read for its content
)

// edge is a place in a line, so many bytes after the end of a value; none is the
// beginning of the line.
type edge struct{ value, offset int32 }

// The bounds of what is learned.
const (
	maxValues    = 96
	maxTemplates = 64
)

// templates are those of the last lines, the newest first. To learn one costs as much
// as to walk a few lines, so it is paid for out of what the known ones save: a log of
// which no two lines are alike is hardly learned from.
type templates struct {
	known  []*template
	values [maxValues][2]int32 // where the values of the line are
	credit int
	missed int    // lines in a row without a template
	learnt uint32 // how many were
	draft  draft  // scratch of learn
}

// What a line that is met again earns, one that is not, and what a template costs.
const (
	creditHit    = 4
	creditMiss   = 1
	templateCost = 512
	maxCredit    = maxTemplates * templateCost
)

// match finds the template of the line t, or nil. The places of its values are in
// s.values until the next call. Where members are optional, templates begin alike:
// what the one before found is not read again.
func (s *templates) match(t []byte, q quotes) *template {
	fitted, last := 0, int8(0)
	tried := s.known
	if s.missed > maxTemplates && s.missed%16 != 0 {
		tried = tried[:min(len(tried), 4)] // no two lines are alike
	}
	for k, known := range tried {
		same := 0
		if k > 0 {
			if same = int(known.common[last]); same != fitted {
				continue // it has the very gap that did not fit, or another one where one did
			}
		}
		var ok bool
		fitted, ok = known.fits(t, q, same, &s.values)
		last = known.slot
		if ok {
			if k > 0 {
				copy(s.known[1:k+1], s.known[:k])
				s.known[0] = known
			}
			s.credit, s.missed = min(s.credit+creditHit, maxCredit), 0
			return known
		}
	}
	s.missed++
	return nil
}

// fits reports whether t has the template, where its values are, and how many gaps
// fit. The first from of them do, with their values in values already.
func (p *template) fits(t []byte, q quotes, from int, values *[maxValues][2]int32) (fitted int, ok bool) {
	i := 0
	if from > 0 {
		i = int(values[from-1][1])
	}
	for k := from; k < len(p.gaps); k++ {
		g := &p.gaps[k]
		start := i + len(g.text)
		if start >= len(t) {
			return k, false
		}
		if len(g.text) <= 8*shortGap && i+8*shortGap <= len(t) {
			if !g.begins((*[8 * shortGap]byte)(t[i:])) {
				return k, false
			}
		} else if string(t[i:start]) != string(g.text) {
			return k, false
		}
		end := start
		switch {
		case !g.quoted:
			if end += lenScalar(t[end:]); end == start {
				return k, false
			}
		default:
			if q.marks != nil { // most values are short; the byte before the first is a quote
				end += q.marks.ToQuote(q.base + start)
			}
			if end >= min(len(t), start+64) || q.marks == nil || t[end-1] == '\\' {
				if end = q.closing(t, start); end < 0 {
					return k, false
				}
			}
		}
		values[k] = [2]int32{int32(start), int32(end)}
		i = end
	}
	return len(p.gaps), string(t[i:]) == string(p.tail)
}

// lenScalar returns how long the number or word of JSON at the beginning of t is.
func lenScalar(t []byte) (n int) {
	if len(t) >= 8 { // most end with the first byte that is none of -./ and the digits
		const each, high = 0x0101010101010101, 0x8080808080808080
		w := word(t)
		other := (w | ^((w | high) - '-'*each) | (w&^high + (0x7f-'9')*each)) & high
		n = bits.TrailingZeros64(other) / 8
	}
	for n < len(t) && !lex.EndsScalar[t[n]] {
		n++
	}
	return n
}

// quotes are those of the text that a line is part of.
type quotes struct {
	marks *scan.Map // of the text; nil: the line is searched
	base  int       // of the line in it
}

// quotes returns those of the line that begins at base of the text that is read.
func (s *Reader) quotesAt(base int) quotes {
	if !s.in.marked {
		return quotes{}
	}
	return quotes{&s.in.marks, base}
}

// closing is lex.ClosingQuote.
func (q quotes) closing(t []byte, start int) int {
	if q.marks == nil {
		return lex.ClosingQuote(t, start, '"')
	}
	for i := start; ; {
		end := q.marks.Quote(q.base+i) - q.base
		if end >= len(t) {
			return -1
		}
		if end == i || t[end-1] != '\\' || !lex.Escaped(t[i:], end-i) {
			return end
		}
		i = end + 1
	}
}

// relate notes how many of its first gaps p shares with each of the others.
func (p *template) relate(others []*template) {
	for _, o := range others {
		n := 0
		for n < min(len(p.gaps), len(o.gaps)) && p.gaps[n].is(&o.gaps[n]) {
			n++
		}
		p.common[o.slot], o.common[p.slot] = int16(n), int16(n)
	}
}
