package parser

import (
	"time"

	"wvwatch/internal/codes"
)

// Event is one code reported by one record. A record reports a (DRM, code) at
// most once.
type Event struct {
	Time          int64 // Unix nanoseconds; 0 where the record has no time: it happened when it was read
	DRM           codes.DRM
	Code          int
	Index         int // in the catalogue; -1 for an unlisted code
	Evidence      Evidence
	Sign          string   // the strongest sign for the server, "" where none was needed
	Line          int      // the record's first line, counted from 0 in the block
	LastLine      int      // and its last
	Tenant        []byte   // nil where unknown; borrowed until the next Parse
	CorrelationID []byte   // correlation or request id; nil where unknown; borrowed
	Client        []byte   // who asked; nil where unknown; borrowed. Never to be shown, exported or saved
	Labels        [][]byte // values of the configured labels, in the order of Result.Labels; each nil where unknown; borrowed
}

// Request is one licence request that an access log shows. Its ids are read
// where they are needed: Client of requests that were not granted and of the
// granted ones of one second in ClientSample, CorrelationID of those not granted.
type Request struct {
	Time          int64 // as in Event
	DRM           codes.DRM
	Outcome       Outcome
	Duration      time.Duration // how long the answer took; 0 where the record does not say
	Client        []byte        // as in Event
	CorrelationID []byte        // as in Event
	Coded         bool          // an Event of the same record has a code and the same ids
	line          int
}

// ClientSample is how many granted requests one that names its client stands for.
const ClientSample = 16

// Result is what one call of Parse found. It is reused from call to call.
type Result struct {
	Lines    int // physical lines in the consumed bytes
	Records  int // records in the consumed bytes
	Events   []Event
	Requests []Request
	Vetoed   [NumReasons]int // numbers refused, by reason
	Refusals []Refusal       // one each, with its place
	Labels   []string        // names of the configured labels, the tenant aside; not to be changed

	WithoutCode [NumMissing]int // records that speak of a licence failure but name no code
	Bounded     [NumBounds]int  // texts that were not read to their end
	marks       []mark
}

// mark is a record that was counted for something else than a code.
type mark struct {
	line    int
	missing Missing // NumMissing: none
	bound   Bound   // NumBounds: none
}

// Missing says by what a record speaks of a licence failure without a code.
type Missing uint8

// The ways of not naming a code.
const (
	LicenceStatus     Missing = iota // HTTP 4xx or 5xx on a licence path
	AcquisitionFailed                // a player or a client failed to get a licence: DRM_LICENSE_ACQUISITION_FAILED
	ResponseCode                     // an exception of the platform's DRM: "Response code: 400"
	SaidByServer                     // the licence server's status, without a code that could be read
	LostShape                        // a listed number next to the name of a code that no rule reads
	NumMissing
)

// String returns the value of the label "reason".
func (m Missing) String() string {
	return [NumMissing]string{"licence-status", "acquisition-failed", "response-code", "server-words", "lost-shape"}[m]
}

// Bound is a limit on what is read of a record.
type Bound uint8

// The bounds.
const (
	DepthBound  Bound = iota // 64 objects and arrays in one another
	EscapeBound              // 8 escapes or encodings taken off one another
	Base64Bound              // 64 KiB of base64 in one run
	RecordBound              // 500 lines or 256 KiB in one record
	NumBounds
)

// String returns the value of the label "bound".
func (b Bound) String() string {
	return [NumBounds]string{"depth", "escapes", "base64", "record"}[b]
}

func (r *Result) reset() {
	*r = Result{Events: r.Events[:0], Requests: r.Requests[:0], Refusals: r.Refusals[:0], marks: r.marks[:0]}
}

// Refusal is a number that stood where a code could stand, and why it is none.
type Refusal struct {
	Line   int
	Number int
	Reason Reason
	Sign   string // the strongest sign against the server, where signs decided
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
	ServerWords                  // errorCode=N in the server's own words, outside an object
	BareText                     // errorCode=N beside a licence URL
	Configured                   // where the user said
	NumEvidence
)

// String returns the word that parse prints.
func (e Evidence) String() string {
	return [NumEvidence]string{"server-body", "extra-field", "callback", "session-words", "server-words", "bare-text", "configured"}[e]
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
	OtherPath                  // the record's request went to another service
	NoEvidence                 // a listed number where no code can stand (explained only)
	NumReasons
)

// String returns the value of the label "reason".
func (r Reason) String() string {
	return [NumReasons]string{"player-object", "negative", "attached", "out-of-range", "android-framework", "no-object", "other-path", "no-evidence"}[r]
}
