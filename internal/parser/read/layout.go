package read

import (
	"wvwatch/internal/parser/tape"
)

// filled is a string of the line that is read, and what is in it.
type filled struct {
	step   int16
	value  *cached
	made   uint32 // of value, when its tokens were laid out
	tenant []byte // in the place of value's; nil: the same
}

// fill writes the tokens of the line t[from:to], which has the template p and the values
// that match found. Where it is known what brief tokens mean, the texts of a plan do.
func (s *Reader) fill(p *template, t []byte, from, to int) {
	anchor := s.in.next(from)
	if anchor >= to && !p.speaks {
		return // it was read because it had been cut
	}
	loud := p.speaks
	s.found = s.found[:0]
	for k := range p.strings {
		str := &p.strings[k]
		v := &s.templates.values[str.value]
		i, end := from+int(v[0]), from+int(v[1])
		if anchor >= end && !str.extra {
			continue
		}
		if anchor < i {
			if anchor = s.in.next(i); anchor >= to && !p.speaks {
				break
			}
			if anchor >= end && !str.extra {
				continue
			}
		}
		value, tenant := s.stringOf(&p.steps[str.step], t, i, end, anchor)
		s.found = append(s.found, filled{str.step, value, value.made, tenant})
		loud = loud || value.loud
	}
	l := &p.brief
	if s.Brief = !loud; loud {
		l = &p.all
	}
	s.late = late{p, l, t, from}
	if !p.speaks {
		if s.Plan = s.planOf(p); s.Plan != nil && s.Plan.State == tape.Made {
			s.follow(s.Plan)
			return
		}
	}
	s.layOut(s.late.layout)
	for k := range s.found {
		s.addTexts(s.found[k].value)
	}
}

// Fill writes the tokens of a line of which a plan was followed.
func (s *Reader) Fill() { s.layOut(s.late.layout) }

// layOut writes the tokens of the layout, with the texts of the line.
func (s *Reader) layOut(l *layout) {
	steps := s.late.template.steps
	l.layOut(steps, s.found)
	for _, x := range l.texts {
		s.setText(&l.tokens[x.token], &steps[x.step], s.late.text, s.late.from)
	}
	for k := range s.found {
		f := &s.found[k]
		if f.value.varied[1] > 0 {
			tok := &l.tokens[l.first[k]+f.value.tenant]
			tok.Text, tok.From = f.tenantText(), -int32(k)-1
		}
	}
	s.own, s.Tokens, s.borrowed = s.Tokens, l.tokens, true
}

// layout is the tokens of some steps. They are laid out once for the strings of a line:
// most lines differ in other values only.
type layout struct {
	steps  []int16
	made   bool     // the rest is that of a line
	filled []filled // its strings
	tokens []tape.Token
	texts  []textOf // of tokens
	first  []int    // the token with which each string begins
	size   []int    // and how many each has
}

func (l *layout) reset() {
	l.steps, l.filled, l.made = l.steps[:0], l.filled[:0], false
}

// textOf is a token that has the text of a step.
type textOf struct {
	token int
	step  int16
}

// layOut makes l the tokens of a line with the strings.
func (l *layout) layOut(steps []step, strings []filled) {
	if !l.fits(strings) {
		l.begin(steps, strings)
		return
	}
	for k := range strings {
		if was, is := &l.filled[k], &strings[k]; was.value != is.value || was.made != is.made {
			copy(l.tokens[l.first[k]:], is.value.tokens)
			*was = *is
		}
	}
}

// fits reports whether l has the same strings, with as many tokens each.
func (l *layout) fits(strings []filled) bool {
	if len(l.filled) != len(strings) || !l.made {
		return false
	}
	for k := range strings {
		if l.filled[k].step != strings[k].step || l.size[k] != len(strings[k].value.tokens) {
			return false
		}
	}
	return true
}

func (l *layout) begin(steps []step, strings []filled) {
	l.filled, l.made = append(l.filled[:0], strings...), true
	l.tokens, l.texts, l.first, l.size = l.tokens[:0], l.texts[:0], l.first[:0], l.size[:0]
	next := 0
	for _, k := range l.steps {
		if st := &steps[k]; st.text != ofString {
			if st.text != noText {
				l.texts = append(l.texts, textOf{len(l.tokens), k})
			}
			l.tokens = append(l.tokens, st.token)
		} else if next < len(strings) && strings[next].step == k {
			l.first, l.size = append(l.first, len(l.tokens)), append(l.size, len(strings[next].value.tokens))
			l.tokens = append(l.tokens, strings[next].value.tokens...)
			next++
		}
	}
}

// tenantText returns the tenant in a string in which it may be another.
func (f *filled) tenantText() []byte {
	if f.tenant == nil {
		return f.value.tokens[f.value.tenant].Text
	}
	return f.tenant
}

// late is the line that was matched, of which not all tokens may have been written.
type late struct {
	template *template
	layout   *layout
	text     []byte
	from     int
}

// Late returns the tokens that a brief tape lacks: those of ids. They are borrowed until
// the next record.
func (s *Reader) Late() []tape.Token {
	s.buffer = s.buffer[:0]
	for _, k := range s.late.template.late {
		st := &s.late.template.steps[k]
		s.buffer = append(s.buffer, st.token)
		s.setText(&s.buffer[len(s.buffer)-1], st, s.late.text, s.late.from)
	}
	return s.buffer
}

// setText gives the token of a step its text.
func (s *Reader) setText(k *tape.Token, st *step, t []byte, from int) {
	switch st.text {
	case ofValue:
		v := &s.templates.values[st.value]
		k.Text = t[from+int(v[0]) : from+int(v[1])]
	case ofEdges:
		k.Text = t[from+s.templates.place(st.from) : from+s.templates.place(st.to)]
		if k.Kind == tape.Close {
			k.Num = int64(len(k.Text))
		}
	}
}

// place returns where an edge is in the line that was matched last.
func (s *templates) place(e edge) int {
	if e.value == 0 {
		return int(e.offset)
	}
	return int(s.values[e.value-1][1] + e.offset)
}
