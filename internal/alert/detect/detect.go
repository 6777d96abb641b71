// Package detect finds step changes in streams of rare counts.
//
// Input and output are numbers: the package has no clock, reads no log and
// exports no metric. A caller cuts event time into steps of StepSeconds, counts
// each stream in each of them, and feeds the steps in order. A step that is
// left out is a gap: no exposure, not zero events.
//
// Five detectors share that input:
//
//   - Detector compares failures with plays, or where a log has refusals only
//     with the refusals that a Profile expects. It holds a Drift.
//   - Gateway is a Detector of the plays that no licence server answered.
//   - Collapse compares plays with those expected at the time of day.
//   - Silence compares the gap since the last line with the gaps of two weeks.
//
// Every type is a value: a copy is a detector of its own. A checkpoint keeps
// its JSON form, see Restore; settings are not part of it. No type may be used
// by two goroutines at once. No method allocates but those of JSON.
//
// Rates and ratios have no unit, evidence is in nats: a false alarm by chance
// alone has a probability of about e to the minus evidence.
package detect

import (
	"encoding/json"
	"errors"
)

// StepSeconds is the length of a step.
const StepSeconds = 10

// Level is how much attention an alarm asks for.
type Level uint8

// The levels, in order: what pages is a ticket too.
const (
	None Level = iota
	Ticket
	Page
)

// String returns "none", "ticket" or "page".
func (l Level) String() string { return [...]string{"none", "ticket", "page"}[min(l, Page)] }

// End is why an alarm ended in a step.
type End uint8

// The reasons. NotEnded is that of all other steps.
const (
	NotEnded End = iota
	Over         // the counts are back to what is tolerated
	NewLevel     // the counts have settled at another level, which is normal now
	Accepted     // Accept was called
)

// String returns "", "over", "new level" or "accepted".
func (e End) String() string {
	return [...]string{"", "over", "new level", "accepted"}[min(e, Accepted)]
}

// sounder is a detector that can check what it was restored from.
type sounder interface{ Sound() bool }

// Restore replaces the state of a detector by the one that json.Marshal once
// returned of the same type, and keeps its settings. A state that cannot be is
// an error and changes nothing.
func Restore[T any, P interface {
	*T
	sounder
}](detector P, state []byte) error {
	restored := *detector
	if err := json.Unmarshal(state, P(&restored)); err != nil {
		return err
	}
	if !P(&restored).Sound() {
		return errors.New("state of a detector that cannot be")
	}
	*detector = restored
	return nil
}
