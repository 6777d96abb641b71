package alert

// End is how an alert ended; empty while it fires.
type End string

// The ends of an alert.
const (
	EndOver     End = "over"      // its condition no longer holds
	EndNewLevel End = "new level" // what was too much has become normal
	EndAccepted End = "accepted"  // a person accepted it as normal
	EndRuleGone End = "rule gone" // its rule is no longer configured
)

// Ends returns all ends of an alert.
func Ends() []End { return []End{EndOver, EndNewLevel, EndAccepted, EndRuleGone} }
