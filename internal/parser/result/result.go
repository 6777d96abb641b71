// Package result is what the parser returns for a block of lines: events, requests,
// ignored numbers, and the counts of what could not be read.
package result

import (
	"slices"
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
	Sampled       bool     // the automatic labels were read, too
}

// Request is one licence request that an access log shows. Its ids are read
// where they are needed: Client of requests that were not granted and of the
// granted ones of 16 s, once in ClientSample times, CorrelationID of those not granted.
type Request struct {
	Time          int64 // as in Event
	DRM           codes.DRM
	Outcome       Outcome
	Duration      time.Duration // how long the answer took; 0 where the record does not contain it
	Client        []byte        // as in Event
	CorrelationID []byte        // as in Event
	Coded         bool          // an Event of the same record has a code and the same ids
	Line          int           // as in Event
	Sampled       bool          // Tenant and Labels were read
	Tenant        []byte        // as in Event
	Labels        [][]byte      // as in Event
}

// Result is what one call of Parse found. It is reused from call to call.
type Result struct {
	Lines    int // physical lines in the consumed bytes
	Records  int // records in the consumed bytes
	Events   []Event
	Requests []Request
	Vetoed   [NumReasons]int // numbers refused, by reason
	Refusals []Refusal       // one each, with its place
	Labels   []string        // names of the configured and automatic labels, the tenant aside; not to be changed
	Unasked  int             // how many of Labels, the last ones, are automatic: no count is kept by them

	WithoutCode [NumMissing]int // records that report a licence failure but name no code
	Bounded     [NumBounds]int  // texts that were not read to their end
	marks       []mark
}

// mark is a record that was counted for something else than a code.
type mark struct {
	line    int
	missing Missing // NumMissing: none
	bound   Bound   // NumBounds: none
}

// Reset empties r and keeps its memory.
func (r *Result) Reset() {
	*r = Result{Events: r.Events[:0], Requests: r.Requests[:0], Refusals: r.Refusals[:0], marks: r.marks[:0]}
}

// Refusal is a number in a place where a code could be, and why it is none.
type Refusal struct {
	Line   int
	Number int
	Reason Reason
	Sign   string // the strongest sign against the server, where signs decided
}

// EachMissing calls f for every record that WithoutCode counts, with its first
// line.
func (r *Result) EachMissing(f func(line int, m Missing)) {
	for _, k := range r.marks {
		if k.missing < NumMissing {
			f(k.line, k.missing)
		}
	}
}

// AddMissing counts a record, which begins on line, that reports a failed licence but
// no code.
func (r *Result) AddMissing(line int, m Missing) { r.marks = append(r.marks, mark{line, m, NumBounds}) }

// AddBound counts a text that was not read to its end, in the record that begins on
// line.
func (r *Result) AddBound(line int, b Bound) { r.marks = append(r.marks, mark{line, NumMissing, b}) }

// TakeBack drops what records gave that begin on or after line: they will be read
// again.
func (r *Result) TakeBack(line int) {
	r.Events = slices.DeleteFunc(r.Events, func(e Event) bool { return e.Line >= line })
	r.Requests = slices.DeleteFunc(r.Requests, func(q Request) bool { return q.Line >= line })
	r.marks = slices.DeleteFunc(r.marks, func(m mark) bool { return m.line >= line })
	r.Refusals = slices.DeleteFunc(r.Refusals, func(f Refusal) bool { return f.Line >= line })
}

// Count fills in the counts by reason and bound.
func (r *Result) Count() {
	for _, f := range r.Refusals {
		r.Vetoed[f.Reason]++
	}
	for _, m := range r.marks {
		if m.missing < NumMissing {
			r.WithoutCode[m.missing]++
		}
		if m.bound < NumBounds {
			r.Bounded[m.bound]++
		}
	}
}

// Marks returns how many records and texts were added by AddMissing and AddBound.
func (r *Result) Marks() int { return len(r.marks) }

// CutMarks drops all but the first n of them.
func (r *Result) CutMarks(n int) { r.marks = r.marks[:n] }
