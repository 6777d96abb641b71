package alert

import (
	"encoding/json"
	"math"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// streamSpec is what a stream counts and how it is judged. Rules with the same one
// share a stream.
type streamSpec struct {
	key        string // of all below; the same after a restart
	counts     string // of all but the settings: what another detector has learnt of it is of use
	selector   selector
	by, group  string // only what has this value of the label; "" for all
	categories uint32 // those of the selected codes, by bit
	settings   detect.Settings
	kind       streamKind
}

// streamKind is which detector judges a stream.
type streamKind uint8

const (
	failures streamKind = iota // of the selected codes, by plays
	gateways                   // requests that no licence server answered, by plays
	falls                      // of the plays
)

// stream is one detector with its last result. A copy is a stream of its own.
type stream struct {
	*streamSpec
	detector detect.Detector
	collapse detect.Collapse // of falls
	identity detect.Identity // of the last step
	end      detect.End      // why the last alarm ended; NotEnded while one is on, or where none was
	was      detect.Alarm    // that alarm
	fell     detect.Fall     // likewise, of falls

	affected, plays, expected float64 // totals, for Prometheus
}

func newStream(spec *streamSpec) *stream {
	s := &stream{streamSpec: spec, detector: detect.New(spec.settings), collapse: detect.NewCollapse()}
	if spec.kind == gateways {
		s.detector = detect.NewGateway(spec.settings).Detector
	}
	return s
}

// stepInput is what all sources of a feed counted in one step.
type stepInput struct {
	at       int64
	offset   int
	identity detect.Identity
	plays    []metrics.Plays
}

// step takes in one step; rows are its failures with the value of the stream's label.
func (s *stream) step(in *stepInput, rows []metrics.Failures, perPlay bool, p *detect.Profile) {
	step := detect.Step{At: in.at, Identity: in.identity}
	var who [2 * maxSeen]uint64
	seen := who[:0]
	for i := range in.plays {
		q := &in.plays[i]
		if !s.selector.server(q.DRM) {
			continue
		}
		if in.identity == detect.ByNothing {
			step.Plays += float64(q.Requests)
		} else {
			step.Plays += float64(q.Granted + q.Failed)
		}
		if s.kind == gateways {
			step.X, step.X1 = step.X+float64(q.Unanswered), step.X1+float64(q.UnansweredMinutely)
			seen = appendWho(seen, q.Who, q.Unanswered, in.at)
		}
	}
	if s.kind == falls {
		s.fall(in, step.Plays)
		return
	}
	var counted []detect.Count
	for i := range rows {
		f := &rows[i]
		if s.kind != failures || !s.selector.entry(*f.Entry) {
			continue
		}
		step.X, step.X1 = step.X+float64(f.Clients), step.X1+float64(f.Minutely)
		seen = appendWho(seen, f.Who, f.Clients, in.at)
		counted = append(counted, detect.Count{Code: codeNumber(*f.Entry), N: float32(f.Incidents)})
	}
	step.Clients, step.Codes = seen[:min(len(seen), maxSeen)], counted
	if !perPlay {
		step.Expected = p.Expect(s.categories)
	}
	before := s.detector.Alarm()
	end := s.detector.Step(step)
	_, learnt := s.detector.Normal()
	s.affected, s.plays, s.expected = s.affected+step.X, s.plays+step.Plays, s.expected+learnt
	s.identity = in.identity
	switch {
	case end != detect.NotEnded:
		s.end, s.was = end, before
	case s.detector.Alarm().Level != detect.None:
		s.end = detect.NotEnded
	}
}

// fall takes in a step of a stream of plays.
func (s *stream) fall(in *stepInput, plays float64) {
	before := s.collapse.Fall()
	end := s.collapse.Step(in.at, in.offset, plays)
	s.plays += plays
	switch {
	case end != detect.NotEnded:
		s.end, s.fell = end, before
	case s.collapse.Fall().Firing:
		s.end = detect.NotEnded
	}
}

// maxSeen is how many clients of a step a detector looks at.
const maxSeen = 8

// appendWho adds the clients that are known, and for each further one that counted a
// number that no other step has.
func appendWho(dst []uint64, who [4]uint16, n uint64, at int64) []uint64 {
	for i := range min(n, maxSeen) {
		if len(dst) == cap(dst) {
			break
		}
		h := uint64(0)
		if i < uint64(len(who)) {
			h = uint64(who[i])
		}
		if h == 0 {
			h = uint64(at)<<8 | i | 1<<63
		}
		dst = append(dst, h)
	}
	return dst
}

// A detector knows a code by a number of 16 bits: the servers one after the other,
// with 9,000 codes each.
const (
	lowestCode = 1000
	codesOfDRM = 9000
	otherCodes = math.MaxUint16 // the unlisted codes over the limit
)

func codeNumber(e codes.Entry) uint16 {
	n := int(e.DRM)*codesOfDRM + e.Code - lowestCode
	if e.Code < lowestCode || n >= otherCodes {
		return otherCodes
	}
	return uint16(n)
}

// numberedCode returns the entry that codeNumber made a number of.
func numberedCode(cat *codes.Catalogue, n uint16) codes.Entry {
	if n == otherCodes {
		return cat.Resolve(codes.Unknown, 0)
	}
	return cat.Resolve(codes.DRM(n/codesOfDRM), int(n%codesOfDRM)+lowestCode)
}

// savedStream is what a checkpoint keeps of a stream.
type savedStream struct {
	Key      string           `json:"key"`
	Counts   string           `json:"counts"`
	Detector *detect.Detector `json:"detector,omitempty"`
	Collapse *detect.Collapse `json:"collapse,omitempty"`
	By       detect.Identity  `json:"by,omitempty"`
}

func (s *stream) save() savedStream {
	if s.kind == falls {
		return savedStream{Key: s.key, Counts: s.counts, Collapse: &s.collapse}
	}
	return savedStream{Key: s.key, Counts: s.counts, Detector: &s.detector, By: s.identity}
}

// restoredStream is a savedStream as it is read.
type restoredStream struct {
	Key      string          `json:"key"`
	Counts   string          `json:"counts"`
	Detector json.RawMessage `json:"detector"`
	Collapse json.RawMessage `json:"collapse"`
	By       detect.Identity `json:"by"`
}

func (s *stream) restore(from restoredStream) error {
	s.identity = from.By
	if s.kind == falls {
		return detect.Restore(&s.collapse, from.Collapse)
	}
	return detect.Restore(&s.detector, from.Detector)
}
