package tape

import (
	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
)

// Plan is what all brief records with the same tokens mean, but for the texts of a few
// values: a granted licence request, as long as the texts are as Role says. The evaluator
// makes it of what its rules did with the first such record; the reader keeps it, and
// fills in the texts of the next. Other records are read in full.
type Plan struct {
	State  PlanState
	DRM    codes.DRM
	Unit   fieldnames.Field // of Took
	Zap    bool             // the unit is zap's
	Values [NumRoles]int32  // the numbers of the values, from 1; 0: none
	Texts  [NumRoles][]byte // of the values, of the present record
}

// PlanState says whether a plan can be followed.
type PlanState uint8

// The states of a plan.
const (
	Unmade PlanState = iota // the record is the first of its kind
	Made                    // the record has not been filled in
	NoPlan                  // records of this kind are read in full
)

// Role is what a value is to a plan.
type Role uint8

// The roles.
const (
	PlanTime   Role = iota // with its zone
	PlanStatus             // 200
	PlanMethod             // POST; none: the request line or the duration speaks for it
	PlanTook
	PlanPath      // holds a slash
	PlanOtherPath // so does this
	NumRoles
)

// Give gives the value k a role, unless it has no number or another value has the role.
func (p *Plan) Give(r Role, k *Token) bool {
	if k.From == 0 || p.Values[r] != 0 {
		return false
	}
	p.Values[r] = k.From
	return true
}
