package parser

import (
	"bytes"
	"slices"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// A shape is the skeleton of a JSON line: what stands between its values. A
// logger writes the same skeleton line after line, and where it is the same, the
// members are: they need not be found, named and nested again, and only values
// that mean something are looked at. A shape gives what the walker gives, which
// TestShapesChangeNothing and FuzzShapes hold it to; a line that has none of
// the known shapes is walked.
type shape struct {
	steps  []step
	tail   string // from the last value to the end of the line
	facts  []int  // the steps that say something of a request, those further out first
	ids    []int  // those that say who asked, in the same order
	access bool   // there is nothing else that could say something
	failed int8   // lines that were to be read so and could not, in a row
	path   int8   // the depth of the path that is the record's own
	zap    bool
	slot   int8            // its index in common of the others
	common [maxShapes]int8 // how many of its first steps the shape in each slot has, too
}

// step is one thing that the walker does on its way through the line.
type step struct {
	do     deed
	before string // of a value: what stands between it and the last one
	key    fieldnames.Field
	note   bool  // of a value: the frame wants it
	depth  int8  // of nesting
	player bool  // of an object: it holds a key that only a player writes
	loud   int8  // of a string: how much oftener than not it says more than codes
	told   *told // of a string: what its last value said
}

// deed says what a step does.
type deed uint8

const (
	enter   deed = iota // an object of which a frame is needed
	leave               // its end
	quoted              // a string
	bare                // a number or word
	element             // a string in an array
)

// The bounds of what is learned.
const (
	maxSteps  = 96
	maxNested = 8
	maxShapes = 16
)

// shapes are those that the last lines had, the newest first. To learn one costs
// as much as to walk a few lines, so it is paid for out of what the known ones
// save: a log of which no two lines are alike is hardly learned from.
type shapes struct {
	known  []*shape
	values [maxSteps][2]int32 // where the values of the line lie, by step
	credit int
	steps  []step // scratch of learn
}

// What a line that is met again earns, one that is not, and what a shape costs.
const (
	creditHit  = 4
	creditMiss = 1
	shapeCost  = 256
	maxCredit  = maxShapes * shapeCost
)

// match finds the shape of the line t, or nil. The places of its values are in
// s.values until the next call. Where members are optional, the shapes begin alike:
// what the shape before found is not read again.
func (s *shapes) match(t []byte) *shape {
	fitted, last := 0, int8(0)
	for k, known := range s.known {
		same := min(int(known.common[last]), fitted)
		if k > 0 && int(known.common[last]) > fitted {
			continue // it has the very step that did not fit
		}
		if k == 0 {
			same = 0
		}
		var ok bool
		fitted, ok = known.fits(t, same, &s.values)
		last = known.slot
		if ok {
			if k > 0 {
				copy(s.known[1:k+1], s.known[:k])
				s.known[0] = known
			}
			s.credit = min(s.credit+creditHit, maxCredit)
			return known
		}
	}
	return nil
}

// fits reports whether t has the shape, where its values lie, and how many steps
// fit. The first from steps do, as values says.
func (p *shape) fits(t []byte, from int, values *[maxSteps][2]int32) (fitted int, ok bool) {
	i := 0
	for k := from - 1; k >= 0; k-- {
		if p.steps[k].do >= quoted {
			i = int(values[k][1])
			break
		}
	}
	for k := from; k < len(p.steps); k++ {
		st := &p.steps[k]
		if st.do < quoted {
			continue
		}
		start := i + len(st.before)
		if start >= len(t) || string(t[i:start]) != st.before {
			return k, false
		}
		end := start
		if st.do == bare {
			for end < len(t) && !lex.EndsScalar[t[end]] {
				end++
			}
			if end == start {
				return k, false
			}
		} else if end = lex.ClosingQuote(t, start, '"'); end < 0 {
			return k, false
		}
		values[k] = [2]int32{int32(start), int32(end)}
		i = end
	}
	return len(p.steps), string(t[i:]) == p.tail
}

// relate notes how many of its first steps p shares with each of the others.
func (p *shape) relate(others []*shape) {
	for _, o := range others {
		n := 0
		for n < min(len(p.steps), len(o.steps)) && p.steps[n].do == o.steps[n].do && p.steps[n].before == o.steps[n].before {
			n++
		}
		p.common[o.slot], o.common[p.slot] = int8(n), int8(n)
	}
}

// learn keeps the shape of the line t, which was walked, if it can have one.
func (s *shapes) learn(t []byte, f *format) {
	if s.credit < shapeCost {
		s.credit += creditMiss
		return
	}
	s.credit -= shapeCost
	d := draft{line: t, text: string(t), format: f, steps: s.steps[:0]}
	d.object(0, fieldnames.Other)
	s.steps = d.steps
	if d.at != len(t) || d.failed {
		return
	}
	p := &shape{steps: slices.Clone(d.steps), tail: d.text[d.kept:], slot: int8(len(s.known))}
	if len(s.known) < maxShapes {
		s.known = append(s.known, nil)
	} else {
		p.slot = s.known[maxShapes-1].slot // the oldest is forgotten
	}
	copy(s.known[1:], s.known)
	p.relate(s.known[1:])
	p.sort()
	s.known[0] = p
}

// shaped reads the record at t[from:], a JSON line, by its shape. It reports false
// where an object of the line may hold a code, whose signs the walker gathers.
func (s *scan) shaped(p *shape, t []byte, from int, at place) bool {
	s.frames = append(s.frames[:0], frame{})
	f := &s.frames[0]
	anchor := s.in.next(from)
	if anchor >= len(t) {
		return true // it was read because it had been cut, or was an array of bytes
	}
	last := from // where the last value ends
	for k := range p.steps {
		st := &p.steps[k]
		switch st.do {
		case enter:
			s.frames = append(s.frames, frame{under: st.key, player: st.player, first: len(s.candidates), start: -1})
			f.start = -1 // what holds an object is not read so
			f = &s.frames[len(s.frames)-1]
			if k+1 < len(p.steps) && p.steps[k+1].do >= quoted {
				if between := t[last : from+int(s.shapes.values[k+1][0])]; bytes.Count(between, openBrace) == 1 {
					f.start = last + bytes.IndexByte(between, '{')
				}
			}
			continue
		case leave:
			outer := &s.frames[len(s.frames)-2]
			if !s.leave(f, outer, t, last) {
				return false
			}
			s.frames = s.frames[:len(s.frames)-1]
			f = outer
			continue
		}
		i, end := from+int(s.shapes.values[k][0]), from+int(s.shapes.values[k][1])
		last = end
		inner, inside := at, insideExtra{}
		inner.under, inner.depth = st.key, st.depth
		if st.do != bare {
			if anchor < i {
				anchor = s.in.next(i)
			}
			if anchor < end || st.key == fieldnames.Extra {
				first := len(s.candidates)
				if v := s.toldCodes(t, i, end, st); v != nil {
					s.again(v)
				} else {
					s.inside = insideExtra{wanted: st.key == fieldnames.Extra}
					s.str(t, i, end, inner)
					inside = s.inside
					s.inside = insideExtra{}
				}
				if st.key == fieldnames.Answer || st.key == fieldnames.Data {
					s.seal(first)
				}
				anchor = s.in.next(end)
			}
		}
		if st.key == fieldnames.Other {
			continue
		}
		v := value{t[i:end], st.do != bare}
		if st.note {
			f.note(st.key, v)
			f.take(inside)
		}
		s.fact(st.key, v, inner)
	}
	for i := range s.candidates {
		if c := &s.candidates[i]; c.evidence == result.ServerBody && !c.weight.Strong() && !c.sealed {
			return false // the objects around it may be a player's
		}
	}
	return true
}

// leave ends the object f of a line whose shape is known, the last value of which
// ends at t[last]. It reports false where only the walker can read the object.
func (s *scan) leave(f, outer *frame, t []byte, last int) bool {
	switch {
	case f.speaks() && f.start < 0:
		return false
	case f.speaks():
		s.inside = insideExtra{wanted: f.under == fieldnames.Extra}
		s.close(f, t[f.start:last+bytes.IndexByte(t[last:], '}')+1])
		outer.take(s.inside)
		s.inside = insideExtra{}
		if f.under == fieldnames.Answer {
			s.seal(f.first)
		}
	case f.player:
		s.refusePlayer(f)
	}
	return true
}

var openBrace = []byte{'{'}

// speaks reports whether the object may hold a code of its own.
func (f *frame) speaks() bool {
	return f.hasError || f.hasNamed || f.hasExtra || f.under == fieldnames.Extra && f.hasCode
}
