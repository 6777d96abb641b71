package result

// ClientSample is how many granted requests one that names its client represents.
const ClientSample = 16

// Missing is how a record reports a licence failure without a code.
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

// Outcome is how a licence request ended.
type Outcome uint8

// Outcomes, by the HTTP status of the answer.
const (
	Granted Outcome = iota // 200
	Refused                // 400: the licence server denied it
	Failed                 // 500: the licence server failed
	Gateway                // any other: not the licence server's word
	NumOutcomes
)

// String returns the value of the label "outcome".
func (o Outcome) String() string {
	return [NumOutcomes]string{"granted", "refused", "failed", "gateway"}[o]
}

// Evidence is where in a record its code was.
type Evidence uint8

// The kinds of evidence, strongest first: where one record proves one code
// several times, the first of these is named.
const (
	ServerBody   Evidence = iota // a JSON object with errorCode
	ExtraField                   // a field named extra, extras, extra_code, ...
	Callback                     // onError(mp, what, extra)
	SessionWords                 // SSM's own words
	ServerWords                  // errorCode=N in the server's own words, outside an object
	BareText                     // errorCode=N next to a licence URL
	Configured                   // where the user configured it
	NumEvidence
)

// String returns the word that parse prints.
func (e Evidence) String() string {
	return [NumEvidence]string{"server-body", "extra-field", "callback", "session-words", "server-words", "bare-text", "configured"}[e]
}

// Reason is why a number is no code.
type Reason uint8

// The reasons of a veto; NumReasons is their number.
const (
	PlayerObject Reason = iota // the object holds a player's keys
	Negative                   // a minus sign: an operating system's error
	Attached                   // something touches the number
	OutOfRange                 // outside 1000-9999
	AndroidWhat                // a positive what: the Android framework's own error
	NoObject                   // errorCode outside an object, with no licence URL next to it
	OtherPath                  // the record's request went to another service
	NoEvidence                 // a listed number where no code can be (explained only)
	NumReasons
)

// String returns the value of the label "reason".
func (r Reason) String() string {
	return [NumReasons]string{"player-object", "negative", "attached", "out-of-range", "android-framework", "no-object", "other-path", "no-evidence"}[r]
}

// Meaning returns what the evidence is, in words for people.
func (e Evidence) Meaning() string {
	return [NumEvidence]string{
		ServerBody:   "an object with errorCode, as the licence server answers",
		ExtraField:   "a field named as the extra",
		Callback:     "the callback onError with what and extra",
		SessionWords: "the session server's words",
		ServerWords:  "the licence server's words, printed outside JSON",
		BareText:     "errorCode in text next to a licence path",
		Configured:   "where the source's configuration says",
	}[e]
}

// Meaning returns why the number is no code, in words for people.
func (r Reason) Meaning() string {
	return [NumReasons]string{
		PlayerObject: "the number is a player's own",
		Negative:     "a minus sign: an operating system's error",
		Attached:     "something touches the number",
		OutOfRange:   "not from 1000 to 9999",
		AndroidWhat:  "the Android framework's own error",
		NoObject:     "errorCode outside an object, without the licence server's words",
		OtherPath:    "the record's request went to another service",
		NoEvidence:   "no code can be here",
	}[r]
}
