package parser

import "wvwatch/internal/codes"

// Event is one code reported by one record. A record reports a (DRM, code) at
// most once.
type Event struct {
	Time          int64 // Unix nanoseconds; 0 where the record has no time: it happened when it was read
	DRM           codes.DRM
	Code          int
	Index         int // in the catalogue; -1 for an unlisted code
	Evidence      Evidence
	Line          int    // the record's first line, counted from 0 in the block
	LastLine      int    // and its last
	Tenant        []byte // nil where unknown; borrowed until the next Parse
	CorrelationID []byte // correlation or request id; nil where unknown; borrowed
}

// Request is one licence request that an access log shows.
type Request struct {
	Time    int64 // as in Event
	DRM     codes.DRM
	Outcome Outcome
	line    int
}

// Result is what one call of Parse found. It is reused from call to call.
type Result struct {
	Lines    int // physical lines in the consumed bytes
	Records  int // records in the consumed bytes
	Events   []Event
	Requests []Request
	Vetoed   [NumReasons]int // numbers refused, by reason
	Refusals []Refusal       // one each, only where the parser explains
}

func (r *Result) reset() {
	*r = Result{Events: r.Events[:0], Requests: r.Requests[:0], Refusals: r.Refusals[:0]}
}

// Refusal is a number that stood where a code could stand, and why it is none.
type Refusal struct {
	Line   int
	Number int
	Reason Reason
}

// Outcome says how a licence request ended.
type Outcome uint8

// Outcomes, by the HTTP status of the answer.
const (
	Granted Outcome = iota // 200
	Refused                // 400: the licence server said no
	Failed                 // 500: the licence server could not say
	Gateway                // any other: not the licence server's word
	NumOutcomes
)

// String returns the value of the label "outcome".
func (o Outcome) String() string {
	return [NumOutcomes]string{"granted", "refused", "failed", "gateway"}[o]
}

// Evidence says where in a record its code stood.
type Evidence uint8

// The kinds of evidence, strongest first: where one record proves one code
// several times, the first of these is named.
const (
	ServerBody   Evidence = iota // a JSON object with errorCode
	ExtraField                   // a field named extra, extras, extra_code, ...
	Callback                     // onError(mp, what, extra)
	SessionWords                 // SSM's own words
	BareText                     // errorCode=N beside a licence URL
	Configured                   // where the user said
	NumEvidence
)

// String returns the word that parse prints.
func (e Evidence) String() string {
	return [NumEvidence]string{"server-body", "extra-field", "callback", "session-words", "bare-text", "configured"}[e]
}

// Reason says why a number is no code.
type Reason uint8

// The reasons of a veto; NumReasons is their number.
const (
	PlayerObject Reason = iota // the object holds a player's keys
	Negative                   // a minus sign: an operating system's error
	Attached                   // something touches the number
	OutOfRange                 // outside 1000-9999
	AndroidWhat                // a positive what: the Android framework's own error
	NoObject                   // errorCode outside an object, with no licence URL beside it
	NoEvidence                 // a listed number where no code can stand (explained only)
	NumReasons
)

// String returns the value of the label "reason".
func (r Reason) String() string {
	return [NumReasons]string{"player-object", "negative", "attached", "out-of-range", "android-framework", "no-object", "no-evidence"}[r]
}
