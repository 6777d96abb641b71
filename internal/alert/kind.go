package alert

import "time"

// condition judges one rule at one instant. It is called under the engine's
// lock, by one goroutine at a time.
type condition interface {
	judge(now time.Time, v view) verdict
	// patience is how long the condition may go unseen before it counts as
	// interrupted: over a longer gap nobody can say that it held all the time.
	patience() time.Duration
}

// verdict is what a condition says.
type verdict struct {
	holds     bool
	value     float64 // in the unit of threshold
	threshold float64
	because   string // the numbers as text: the end of the alert's sentence
	tally     tally  // what was counted; never empty where the condition holds
}

// kind is a kind of rule: the field of When that asks for it, how its fields
// are checked and what is made of them.
type kind struct {
	field string
	asked func(When) bool
	check func(When, *faults)
	build func(When) condition
}

// kinds is the table of kinds. A new one is a field of When, a file that holds
// its condition, and a row here.
func kinds() []kind {
	return []kind{
		{"per_minute", asksThreshold, checkThreshold, newThreshold},
	}
}

// asked returns the kinds that w asks for: one, in a rule without faults.
func asked(w When) []kind {
	var found []kind
	for _, k := range kinds() {
		if k.asked(w) {
			found = append(found, k)
		}
	}
	return found
}
