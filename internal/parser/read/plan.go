package read

import "wvwatch/internal/parser/tape"

// planned is a plan for the lines of a template in which some strings are the same.
type planned struct {
	strings []filled
	plan    tape.Plan
}

// maxPlans bounds the plans of a template: a proxy's request lines are few.
const maxPlans = 8

// planOf returns the plan of the template's lines with the strings, which may have to be
// made. The oldest is forgotten where there are too many.
func (p *template) planOf(strings []filled) *tape.Plan {
	for k := range p.plans {
		if p.plans[k].is(strings) {
			return &p.plans[k].plan
		}
	}
	if len(p.plans) < maxPlans {
		p.plans = append(p.plans, planned{})
		p.nextPlan = len(p.plans) - 1
	}
	n := &p.plans[p.nextPlan]
	p.nextPlan = (p.nextPlan + 1) % maxPlans
	n.strings, n.plan = append(n.strings[:0], strings...), tape.Plan{}
	return &n.plan
}

// is reports whether the plan is for the strings, whatever tenants are in them.
func (p *planned) is(strings []filled) bool {
	if len(p.strings) != len(strings) {
		return false
	}
	for k := range strings {
		if a, b := &p.strings[k], &strings[k]; a.step != b.step || a.value != b.value || a.made != b.made {
			return false
		}
	}
	return true
}
