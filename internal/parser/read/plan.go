package read

import "wvwatch/internal/parser/tape"

// planned is a plan for the lines of a template in which some strings are the same.
type planned struct {
	template uint32 // its number
	used     uint32 // the last record
	strings  []plannedString
	plan     tape.Plan
}

// plannedString is a string of a line.
type plannedString struct {
	step int16
	made uint32 // the number of its tokens
}

// maxPlans is how many plans are kept. The oldest of two places is forgotten.
const maxPlans = 1 << 10

// planOf returns the plan for the lines of the template p with the strings that were
// found; nil where it is not known that there will be another such line.
func (s *Reader) planOf(p *template) *tape.Plan {
	if l := p.last; l != nil && l.is(p, s.found) {
		l.used = s.record
		return &l.plan
	}
	h := p.number
	for k := range s.found {
		f := &s.found[k]
		if !f.value.kept {
			return nil
		}
		h = (h ^ f.value.made) * 0x9e3779b1
	}
	h >>= 22
	a, b := s.plans.at(h), s.plans.at(h^1)
	switch {
	case a.is(p, s.found):
	case b.is(p, s.found):
		a = b
	default:
		if b.used < a.used {
			a = b
		}
		a.begin(p, s.found)
		a.used = s.record
		return nil
	}
	a.used, p.last = s.record, a
	return &a.plan
}

// plans are the places for plans, by a hash of what they are of.
type plans [maxPlans]*planned

// at returns the place of h.
func (s *plans) at(h uint32) *planned {
	if s[h] == nil {
		s[h] = new(planned)
	}
	return s[h]
}

// is reports whether the plan is for lines of the template with the strings, whatever
// tenants are in them.
func (p *planned) is(t *template, strings []filled) bool {
	if p.template != t.number || len(p.strings) != len(strings) {
		return false
	}
	for k := range strings {
		if a, b := &p.strings[k], &strings[k]; a.made != b.value.made || a.step != b.step {
			return false
		}
	}
	return true
}

// begin begins a plan, which is made when such a line comes again.
func (p *planned) begin(t *template, strings []filled) {
	p.template, p.strings = t.number, p.strings[:0]
	for k := range strings {
		p.strings = append(p.strings, plannedString{strings[k].step, strings[k].value.made})
	}
	p.plan = tape.Plan{IDs: p.plan.IDs[:0], Facts: p.plan.Facts}
}

// follow fills in the texts of a plan.
func (s *Reader) follow(p *tape.Plan) {
	s.followed++
	for k := range s.found {
		s.addTexts(s.found[k].value)
	}
	for k, v := range p.Values {
		if v > 0 {
			p.Texts[k] = s.valueText(v)
		}
	}
}

// IDs returns the tokens with ids of a record of which a plan was followed.
func (s *Reader) IDs(p *tape.Plan) []tape.Token {
	for k := range p.IDs {
		if id := &p.IDs[k]; id.From > 0 {
			id.Text = s.valueText(id.From)
		} else if id.From < 0 {
			id.Text = s.found[-id.From-1].tenantText()
		}
	}
	return p.IDs
}

// valueText returns the text of a value of the line by its number.
func (s *Reader) valueText(number int32) []byte {
	v := &s.templates.values[number-1]
	return s.late.text[s.late.from+int(v[0]) : s.late.from+int(v[1])]
}
