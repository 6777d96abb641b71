package alert

import (
	"time"

	"wvwatch/internal/fault"
)

// condition judges one rule at one instant. It is called under the engine's
// lock, by one goroutine at a time.
type condition interface {
	judge(now time.Time, v selection) result
	// patience is how long the condition may go unseen before it counts as
	// interrupted: over a longer gap it is unknown whether it held all the time.
	patience() time.Duration
}

// memory is a condition that knows more than the windows hold: what it has
// learnt outlives restart and reload.
type memory interface {
	condition
	remember() ([]byte, error) // as JSON
	recall([]byte) error
}

// result is what a condition returns.
type result struct {
	holds     bool
	value     float64 // in the unit of threshold
	threshold float64
	because   string    // the numbers as text: the end of the alert's sentence
	tally     tally     // what was counted; empty in a rule on what is missing
	since     time.Time // start of what is reported; zero for when the condition began to hold
	sums      *Sums     // of a condition that counts since the onset itself; nil for what the engine adds up
	end       End       // of one that no longer holds: why; empty for EndOver
}

// accepter is a condition that can take what happens now for normal, which
// ends its alert and is remembered.
type accepter interface{ accept(now time.Time) }

// kind is a kind of rule: the field of When that asks for it, how its fields
// are checked and what is made of them.
type kind struct {
	field string
	asked func(When) bool
	check func(When, fault.Scope)
	build func(When) condition // each call a condition with a memory of its own

	both       bool // two kinds in one rule; precedes them in the table
	everything bool // the condition itself selects: match may be empty
	byLabel    bool // by makes sense
	codeless   bool // its alerts name no codes
	byCategory bool // and may be the category
}

// kinds is the table of kinds. A new one is a field of When, a file that holds
// its condition, and a row here.
func kinds() []kind {
	return []kind{
		{field: "per_minute and spike", asked: asksThresholdOrSpike, check: checkThresholdOrSpike, build: newThresholdOrSpike, both: true, byLabel: true},
		{field: "per_minute", asked: asksThreshold, check: checkThreshold, build: newThreshold, byLabel: true},
		{field: "share_of_requests", asked: asksShare, check: checkShare, build: newShare},
		{field: "spike", asked: asksSpike, check: checkSpike, build: newSpike, byLabel: true, byCategory: true},
		{field: "drift", asked: asksDrift, check: checkDrift, build: newDrift, everything: true, byLabel: true, byCategory: true},
		{field: "gateway", asked: asksGateway, check: checkGateway, build: newGateway, everything: true, codeless: true},
		{field: "collapse", asked: asksCollapse, check: checkCollapse, build: newCollapse, everything: true, codeless: true},
		{field: "unlisted", asked: asksUnlisted, check: checkUnlisted, build: newUnlisted, everything: true, byLabel: true},
		{field: "first_seen", asked: asksFirstSeen, check: checkFirstSeen, build: newFirstSeen, everything: true},
		{field: "silent", asked: asksSilent, check: checkSilent, build: newSilent, everything: true, codeless: true},
		{field: "burn_rate", asked: asksBurnRate, check: checkBurnRate, build: newBurnRate, everything: true},
	}
}

// asked returns the kinds that w asks for: one, in a rule without faults.
func asked(w When) []kind {
	var found []kind
	for _, k := range kinds() {
		if k.asked(w) {
			found = append(found, k)
		}
		if k.both && len(found) > 0 { // it replaces the two kinds after it
			return found
		}
	}
	return found
}
