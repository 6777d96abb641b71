package blame

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Kind is what broke.
type Kind string

// The kinds of a verdict, in the order in which they are tried.
const (
	Collapse   Kind = "collapse"    // players ask for fewer than half of the licences
	HostOut    Kind = "host-out"    // a host is silent, and others carry its load
	Gateway    Kind = "gateway"     // plays get no answer from a licence server
	Retry      Kind = "retry"       // players ask more often a play
	OneDevice  Kind = "one-device"  // a device repeats a failure
	Crowd      Kind = "crowd"       // more plays, and no more failures among them
	Nothing    Kind = "nothing"     // nothing is unusual
	Subscriber Kind = "subscriber"  // the subscriber system or its sync
	Wave       Kind = "wave"        // subscriptions that expire at a day's or month's end
	Sessions   Kind = "sessions"    // sessions that are not torn down
	OneHost    Kind = "one-host"    // one host or pod
	Upstream   Kind = "upstream"    // one node of a licence server
	NewTenant  Kind = "new-tenant"  // a tenant that is new
	Release    Kind = "release"     // an app or a platform
	Tenant     Kind = "tenant"      // a tenant or a country
	KeyManager Kind = "key-manager" // the key manager
	Overload   Kind = "overload"    // more plays than the licence server takes
	Code       Kind = "code"        // a code that rose everywhere
)

// Confidence is how sure a verdict is.
type Confidence string

// The confidences: two signs and enough incidents, one sign, none.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Bounds on what a verdict or a breakdown shows.
const (
	maxShown     = 16      // dimensions
	maxShownText = 64      // characters of a value
	maxAnswer    = 8 << 10 // bytes of JSON
)

// Verdict is what broke, for whom, and who can act. It is a value; values from logs
// are printable and at most 64 characters long. A client is never part of it.
type Verdict struct {
	Alert      string      `json:"alert,omitempty"`
	By         string      `json:"by,omitempty"` // the alert's value of the label in its rule's by
	Since      time.Time   `json:"since"`
	Judged     time.Time   `json:"judged"`
	Known      bool        `json:"known"`           // what was normal before the onset
	Scope      *Value      `json:"scope,omitempty"` // whose traffic the numbers are of; all where it is missing
	Kind       Kind        `json:"kind"`
	Owner      string      `json:"owner"` // "none needed" where no team has to act
	Confidence Confidence  `json:"confidence"`
	Sentence   string      `json:"sentence"`
	Incidents  int         `json:"incidents"`   // of the codes that rose, since the onset or in the last hour
	Clients    int         `json:"clients"`     // different ones that failed in that time
	Plays      Plays       `json:"plays"`       // 0 where the log has no requests that were granted
	Named      []Value     `json:"named"`       // who carries the rise; several hold together, or share one dimension
	Share      float64     `json:"share"`       // of the rise at Named, 0 to 1
	UsualShare float64     `json:"usual_share"` // of the traffic there before the onset, 0 to 1
	Others     string      `json:"others"`      // "as usual", "rose too", or "not known yet"
	Dimensions []Dimension `json:"dimensions"`
	RuledOut   []string    `json:"ruled_out"` // kinds that were tried and are not it
	FirstSeen  []FirstSeen `json:"first_seen"`
	Witnesses  int         `json:"witnesses"`      // clients in the sample that the shares are of
	Codes      []CodeRise  `json:"codes"`          // that rose, at most three, the most first
	P95        *Latency    `json:"p95,omitempty"`  // where records have the duration of an answer
	Granted    Granted     `json:"granted"`        // part of the plays
	Gateway    float64     `json:"gateway"`        // part of the plays without an answer of a licence server
	TriesAPlay float64     `json:"tries_a_play"`   // requests
	Host       string      `json:"host,omitempty"` // that is silent
}

// Plays are granted requests and clients that failed.
type Plays struct {
	Now      int     `json:"now"`      // since the onset, or in the last hour
	Expected int     `json:"expected"` // in that time
	Failing  float64 `json:"failing"`  // part of Now, 0 to 1
	Usual    float64 `json:"usual"`    // that part before the onset
}

// Value is one value of a dimension.
type Value struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}

// Dimension shows how a rise is spread over the values of one dimension.
type Dimension struct {
	Name   string `json:"name"`
	Values int    `json:"values"`
	Alike  bool   `json:"alike"` // spread as the traffic
	Top    []Bar  `json:"top,omitempty"`
}

// Bar is the part of one value.
type Bar struct {
	Value string  `json:"value"`
	Share float64 `json:"share"` // of the rise, 0 to 1
	Usual float64 `json:"usual"` // of the traffic before, 0 to 1
}

// FirstSeen is a value that was not seen long before the onset.
type FirstSeen struct {
	Dimension string    `json:"dimension"`
	Value     string    `json:"value"`
	At        time.Time `json:"at"`
}

// CodeRise is a code that rose.
type CodeRise struct {
	DRM     string  `json:"drm"`
	Code    int     `json:"code"`
	Clients int     `json:"clients"` // since the onset
	Usual   float64 `json:"usual"`   // clients that are usual among as many plays
}

// Latency is how long 95 % of the answers take at most, in seconds.
type Latency struct {
	Now    float64 `json:"now"`
	Usual  float64 `json:"usual"`
	Before int     `json:"before"` // minutes for which it was slow when the onset came
}

// Granted is the part of plays that were granted a licence, 0 to 1.
type Granted struct {
	Now   float64 `json:"now"`
	Usual float64 `json:"usual"`
}

// Breakdown shows how failures of a window are spread, without a verdict.
type Breakdown struct {
	Since      time.Time   `json:"since"`
	Judged     time.Time   `json:"judged"`
	Code       int         `json:"code,omitempty"`
	Category   string      `json:"category,omitempty"`
	Clients    int         `json:"clients"`   // that failed in the window
	Witnesses  int         `json:"witnesses"` // in the sample that the shares are of
	Known      bool        `json:"known"`     // false until there were enough requests to compare with
	Named      []Value     `json:"named"`
	Share      float64     `json:"share"`
	UsualShare float64     `json:"usual_share"`
	Dimensions []Dimension `json:"dimensions"`
}

// Contributors returns who carries the rise, as JSON: what is named, with its share of
// the rise and of the traffic, and the dimensions that are alike.
func (v Verdict) Contributors() string {
	list := struct {
		Named []Value  `json:"named"`
		Share float64  `json:"share,omitempty"`
		Usual float64  `json:"usual_share,omitempty"`
		Alike []string `json:"alike,omitempty"`
	}{Named: filled(v.Named)}
	if len(v.Named) > 0 {
		list.Share, list.Usual = math.Round(v.Share*100)/100, math.Round(v.UsualShare*1000)/1000
	}
	for _, d := range v.Dimensions {
		if d.Alike {
			list.Alike = append(list.Alike, d.Name)
		}
	}
	text, _ := json.Marshal(list) // strings and numbers always encode
	return string(text)
}

// Place writes the kind and the place of v in one form; verdicts with the same one differ in
// their numbers only.
func (v Verdict) Place() string {
	var text strings.Builder
	text.WriteString(string(v.Kind))
	for _, n := range v.Named {
		fmt.Fprintf(&text, " %s=%q", n.Dimension, n.Value)
	}
	return text.String()
}

// Brief returns v without the values of its dimensions, for what is kept of it.
func (v Verdict) Brief() Verdict {
	v.Dimensions = slices.Clone(v.Dimensions)
	for i := range v.Dimensions {
		v.Dimensions[i].Top = nil
	}
	return v
}
