package alert

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"wvwatch/internal/blame"
)

// State is how far an alert has come.
type State uint8

// The states; their numbers are the values of drm_alert_state.
const (
	Inactive State = iota
	Pending        // the condition holds, but not yet for long enough
	Firing
	numStates
)

func stateNames() [numStates]string { return [numStates]string{"inactive", "pending", "firing"} }

// String returns the word for people.
func (s State) String() string { return stateNames()[min(s, numStates-1)] }

// MarshalText implements encoding.TextMarshaler.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *State) UnmarshalText(b []byte) error {
	for i, name := range stateNames() {
		if name == string(b) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("unknown alert state %q: one of %v", b, stateNames())
}

// Status is the present state of one rule. It is a value that is never changed once
// handed out: the page shows it and the checkpoint keeps it.
type Status struct {
	Rule        string            `json:"rule"`
	Severity    string            `json:"severity"`
	By          string            `json:"by,omitempty"` // label: the rule has an alert for each of its values
	State       State             `json:"state"`
	ActiveSince time.Time         `json:"active_since,omitzero"` // when the condition began to hold; zero while inactive
	FiredAt     time.Time         `json:"fired_at,omitzero"`     // when it began to fire; zero unless firing
	LastHeld    time.Time         `json:"last_held,omitzero"`    // when the condition last held
	Value       float64           `json:"value"`                 // at the last evaluation
	Threshold   float64           `json:"threshold"`             // at which Value fires
	Sentence    string            `json:"sentence,omitempty"`    // why it is not inactive, as of LastHeld
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"` // while firing, as of LastHeld
	Because     string            `json:"because,omitempty"`     // the numbers of Sentence that are not in Account
	Account     runningSums       `json:"account,omitzero"`      // what was counted since ActiveSince

	// End is how the last alert ended, while inactive. After EndAccepted it does
	// not fire until the condition has ceased to hold: Accepted, when a person
	// accepted it, is not zero for so long.
	End      End       `json:"end,omitempty"`
	Accepted time.Time `json:"accepted,omitzero"`

	// Verdict is the last verdict that was known, without the values of its dimensions.
	// Notified is the kind and the place of which receivers were notified, NotifiedAt when
	// that changed; zero as long as it is what the alert began to fire with.
	Verdict    blame.Verdict `json:"verdict,omitzero"`
	Notified   string        `json:"notified,omitempty"`
	NotifiedAt time.Time     `json:"notified_at,omitzero"`

	// Muted names the mute that keeps the alert from receivers. Unsent is true
	// where no receiver was notified that it fires.
	Muted  string `json:"muted,omitempty"`
	Unsent bool   `json:"unsent,omitempty"`
}

// kept reports whether a checkpoint has to keep s.
func (s *Status) kept() bool { return s.State != Inactive || !s.Accepted.IsZero() }

// step moves s to now. While hold is set, sources that the rule watches are
// catching up: what they hold could still show that the condition is true.
func (s *Status) step(now time.Time, r *rule, patience time.Duration, v result, hold bool) {
	// A clock that was set back must not keep an alert for as long.
	s.ActiveSince, s.LastHeld = notAfter(s.ActiveSince, now), notAfter(s.LastHeld, now)
	if !s.Accepted.IsZero() {
		switch {
		case v.holds:
			s.LastHeld = now
		case !hold && now.Sub(s.LastHeld) >= max(r.KeepFiringFor, patience):
			s.Accepted = time.Time{}
		}
		return
	}
	if v.holds {
		s.End = ""
		switch {
		case s.State == Inactive:
			s.State, s.ActiveSince = Pending, now
		case s.State == Pending && now.Sub(s.LastHeld) > patience:
			s.ActiveSince = now
		}
		s.LastHeld = now
		if s.State == Pending && now.Sub(s.ActiveSince) >= r.For {
			s.State, s.FiredAt = Firing, now
		}
		return
	}
	keep := s.State == Firing && now.Sub(s.LastHeld) < r.KeepFiringFor && v.end == ""
	if s.State == Inactive || hold || keep {
		return
	}
	s.State, s.End = Inactive, EndOver
	if v.end != "" {
		s.End = v.end
	}
}

// clear forgets an alert that has ended.
func (s *Status) clear() {
	s.ActiveSince, s.FiredAt, s.Sentence, s.Annotations, s.Because = time.Time{}, time.Time{}, "", nil, ""
	s.Account, s.Muted, s.Unsent = runningSums{}, "", false
	s.Verdict, s.Notified, s.NotifiedAt = blame.Verdict{}, "", time.Time{}
}

func notAfter(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}

// Alert is a firing or resolved alert as it is sent. It is a value; its maps
// are not changed once it is handed out.
type Alert struct {
	Labels      map[string]string `json:"labels"` // its identity
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"starts_at"`
	ResolvedAt  time.Time         `json:"resolved_at,omitzero"` // zero while it fires
	End         End               `json:"end,omitempty"`        // empty while it fires
	Verdict     string            `json:"verdict,omitempty"`    // kind and place of its verdict; another one is worth a notification
	Unsent      bool              `json:"unsent,omitempty"`     // it was muted from its beginning to its end
	By          string            `json:"by,omitempty"`         // as that of Status
	Sums        Sums              `json:"sums,omitzero"`        // what was counted since the onset, as of the last evaluation
}

// Onset returns when what the alert reports began, which is before StartsAt where the
// condition held for a while first.
func (a Alert) Onset() time.Time {
	if a.Sums.Since.IsZero() {
		return a.StartsAt
	}
	return a.Sums.Since
}

// Link returns the address of the alert's own page, of the daemon that is reached
// under base; "" where base is empty.
func (a Alert) Link(base string) string {
	if base == "" {
		return ""
	}
	link := strings.TrimRight(base, "/") + "/#alert=" + url.QueryEscape(a.Labels["alertname"])
	if a.By != "" {
		link += "&by=" + url.QueryEscape(a.Labels[a.By])
	}
	return link + "&at=" + url.QueryEscape(a.Onset().UTC().Format(time.RFC3339))
}

// Onset returns when what s reports began: the beginning of what was counted, else when
// the condition began to hold.
func (s Status) Onset() time.Time {
	if s.Account.Total.Since.IsZero() {
		return s.ActiveSince
	}
	return s.Account.Total.Since
}

// alert returns s as it is sent; s must be firing.
func (s *Status) alert() Alert {
	return Alert{Labels: s.Labels, Annotations: s.Annotations, StartsAt: s.FiredAt, Verdict: s.Notified, Unsent: s.Unsent, By: s.By, Sums: s.Account.Total}
}

// Transition is one change of an alert's state. Pending is skipped where a
// rule waits for nothing.
type Transition struct {
	Rule      string    `json:"rule"`
	By        string    `json:"by,omitempty"`    // label: the rule has an alert for each of its values
	Group     string    `json:"group,omitempty"` // its value, from a log
	Severity  string    `json:"severity"`
	From      State     `json:"from"`
	To        State     `json:"to"`
	At        time.Time `json:"at"`
	Value     float64   `json:"value"`
	Threshold float64   `json:"threshold"`
	Sentence  string    `json:"sentence"`        // why; of the end, what it was while it held
	End       End       `json:"end,omitempty"`   // of a transition to inactive
	Muted     string    `json:"muted,omitempty"` // the mute that keeps it from receivers
}

// Name names the alert for people: that of the rule, with the value where it
// has one of several.
func (t Transition) Name() string {
	if t.By == "" {
		return t.Rule
	}
	return fmt.Sprintf("%s{%s=%q}", t.Rule, t.By, t.Group)
}
