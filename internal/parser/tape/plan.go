package tape

import "wvwatch/internal/parser/fieldnames"

// Plan is what the records mean that have the same tokens, but for the texts of a few
// values. The evaluator makes it of what its rules did with one of them. The reader keeps
// it and fills in the texts of the next.
type Plan struct {
	State  PlanState
	Values [NumRoles]int32  // the numbers of the values, from 1; 0: none
	Texts  [NumRoles][]byte // of the values, of the present record
	IDs    []Token          // those that hold ids; the reader gives them their texts when it is asked for them
	Facts  any              // the evaluator's
}

// PlanState reports whether a plan can be followed.
type PlanState uint8

// The states of a plan.
const (
	Unmade PlanState = iota // it is to be made of the present record
	Made                    // the tokens of the present record have not been written
	NoPlan                  // the evaluator needs the tokens
)

// Role is what a value is to a plan.
type Role uint8

// The roles.
const (
	PlanTime      Role = iota
	PlanStatus         // a status
	PlanMethod         // POST
	PlanTook           // the duration
	PlanPath           // holds a slash
	PlanOtherPath      // so does this
	NumRoles
)

// Give gives the value k a role, unless it has no number or another value has the role.
func (p *Plan) Give(r Role, k *Token) bool {
	if k.From <= 0 || p.Values[r] != 0 {
		return false
	}
	p.Values[r] = k.From
	return true
}

// Keep keeps k if it holds an id.
func (p *Plan) Keep(k *Token) {
	if k.Kind == Path && k.Text != nil || k.Kind == Value && k.Flags&Fact != 0 && (k.Field == fieldnames.Tenant || k.Field.IsID()) {
		p.IDs = append(p.IDs, *k)
	}
}
