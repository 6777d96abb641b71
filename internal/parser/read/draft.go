package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/tape"
)

// draft is what the walker notes of a line of which a template may be made.
type draft struct {
	values  [][2]int32
	strings []drafted
	quotes  []bool
	base    int // where the line begins in its text
	whole   int // bytes of the object that the line is
}

// drafted is a string of which tokens first to last are the content.
type drafted struct {
	value, first, last int
	at                 place
}

func (d *draft) reset(base int) {
	d.values, d.strings, d.quotes, d.base, d.whole = d.values[:0], d.strings[:0], d.quotes[:0], base, 0
}

func (d *draft) bare(i, end int) {
	d.values, d.quotes = append(d.values, [2]int32{int32(i - d.base), int32(end - d.base)}), append(d.quotes, false)
}

func (d *draft) quoted(i, end, first, last int, at place) {
	d.strings = append(d.strings, drafted{len(d.values), first, last, at})
	d.values, d.quotes = append(d.values, [2]int32{int32(i - d.base), int32(end - d.base)}), append(d.quotes, true)
}

// learn keeps the template of the line t, which the walker read to its end as plain
// JSON, from its tokens.
func (s *templates) learn(t []byte, tokens []tape.Token) {
	d := &s.draft
	if len(d.values) > maxValues {
		return
	}
	var p *template
	if n := len(s.known); n < maxTemplates {
		p = &template{slot: int8(n)}
		s.known = append(s.known, nil)
	} else {
		p = s.known[n-1] // the oldest is forgotten, and its memory taken
		p.reset()
	}
	s.learnt++
	p.number = s.learnt
	p.line = append(p.line, t...)
	end := 0
	for k, v := range d.values {
		p.gaps = append(p.gaps, gapOf(p.line[end:v[0]], d.quotes[k]))
		end = int(v[1])
	}
	p.tail = p.line[end:]
	p.addSteps(t, d, tokens)
	copy(s.known[1:], s.known)
	p.relate(s.known[1:])
	s.known[0] = p
}

// addSteps makes the steps from the tokens of the line t: those of a string's content
// become one step.
func (p *template) addSteps(t []byte, d *draft, tokens []tape.Token) {
	value, next := 0, 0
	for i := 0; ; i++ {
		for ; next < len(d.strings) && d.strings[next].first == i; next++ {
			str := &d.strings[next]
			p.strings = append(p.strings, stringStep{int16(len(p.steps)), int16(str.value), str.at.under == fieldnames.Extra})
			p.brief.steps = append(p.brief.steps, int16(len(p.steps)))
			p.all.steps = append(p.all.steps, int16(len(p.steps)))
			p.steps = append(p.steps, step{text: ofString, value: int16(str.value), at: str.at})
			i = str.last
		}
		if i == len(tokens) {
			return
		}
		k := tokens[i]
		if k.Kind == tape.Behind {
			continue // what is before the object is looked at in each line
		}
		st := step{token: k}
		st.token.Text = nil
		if start := int32(cap(t) - cap(k.Text)); k.Text == nil {
			st.text = noText
		} else if k.Kind == tape.Value {
			for d.values[value][0] != start {
				value++
			}
			st.text, st.value, st.token.From = ofValue, int16(value), int32(value)+1
		} else {
			st.text, st.from, st.to = ofEdges, d.edge(start), d.edge(start+int32(len(k.Text)))
		}
		at := int16(len(p.steps))
		switch {
		case k.Kind == tape.Open || k.Kind == tape.Close || k.Kind == tape.Named || k.Kind == tape.AnswerOpen || k.Kind == tape.AnswerClose:
		case k.Kind == tape.Value && !k.Field.IsNeeded():
			p.late = append(p.late, at)
		default:
			p.brief.steps = append(p.brief.steps, at)
		}
		p.speaks = p.speaks || k.Kind == tape.ExtraOpen || k.Kind == tape.Value && (k.Field == fieldnames.ErrorCode || k.Field == fieldnames.NamedCode ||
			k.Field == fieldnames.ExtraCode || k.Field == fieldnames.Code)
		p.all.steps = append(p.all.steps, at)
		p.steps = append(p.steps, st)
	}
}

// edge returns the place i of the line, which is in no value, by the value before it.
func (d *draft) edge(i int32) edge {
	n := 0
	for n < len(d.values) && d.values[n][1] <= i {
		n++
	}
	if n == 0 {
		return edge{0, i}
	}
	return edge{int32(n), i - d.values[n-1][1]}
}
