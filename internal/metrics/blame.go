package metrics

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/privacy"
)

// BlameConfig configures the search for the contributors of a rise.
type BlameConfig struct {
	// Dimensions are further labels of sources; those of metrics.labels, the source,
	// the tenant and what parser.Automatic lists are searched without.
	Dimensions []string `mapstructure:"dimensions" yaml:"dimensions"`
	// Clients is true where different clients are distinguished, by a hash in memory.
	Clients bool `mapstructure:"clients" yaml:"clients"`
	// InAlerts is true where alerts have a verdict and names from logs.
	InAlerts bool `mapstructure:"in_alerts" yaml:"in_alerts"`
	// Labels is true where alerts have the labels owner and verdict.
	Labels bool `mapstructure:"labels" yaml:"labels"`
}

// DefaultBlame returns what an empty section means.
func DefaultBlame() BlameConfig { return BlameConfig{Clients: true, InAlerts: true} }

// maxBlameDimensions bounds the labels: the source and the tenant take two of a
// witness's values.
const maxBlameDimensions = blame.MaxDimensions - 2

// Validate reports every fault of c, each with its path. known are the labels that
// sources have.
func (c BlameConfig) Validate(known []string) error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if n := len(c.Dimensions); n > maxBlameDimensions {
		fault("dimensions: %d of them: %d at most", n, maxBlameDimensions)
	}
	for i, name := range c.Dimensions {
		switch {
		case slices.Index(c.Dimensions, name) < i:
			fault("dimensions[%d]: %q is listed twice", i, name)
		case name == labelTenant, slices.Contains(known, name):
		case slices.Contains(parser.Automatic(), name):
			fault("dimensions[%d]: %q is searched without: remove it", i, name)
		default:
			fault("dimensions[%d]: %q is a label of no source: add it to sources[].labels; there are %s", i, name, strings.Join(known, ", "))
		}
	}
	return errors.Join(errs...)
}

// blameWriter fills the book of the contributors.
type blameWriter struct {
	*blame.Book
	config           BlameConfig
	source           int // dimensions
	tenant           int
	codes            map[codeKey]uint16 // numbers in the book, of listed codes
	requests, events sampling
	places           blame.Places // scratch
}

func newBlameWriter(cfg Config) blameWriter {
	dimensions := []string{"source", labelTenant}
	for _, name := range slices.Concat(cfg.Blame.Dimensions, cfg.Labels, parser.Automatic()) {
		if len(dimensions) < blame.MaxDimensions && !slices.Contains(dimensions, name) {
			dimensions = append(dimensions, name)
		}
	}
	servers := parser.Automatic() // a network address, or an id such as that of a pod, is no client's there
	allowed := func(dimension string, value []byte) bool {
		return slices.Contains(servers, dimension) || slices.Contains(cfg.PathLabels, dimension) || dimension == "source" || privacy.LabelValue(value)
	}
	b := blameWriter{
		Book: blame.New(dimensions, allowed, maphash.Bytes(maphash.MakeSeed(), nil)), config: cfg.Blame,
		codes: make(map[codeKey]uint16),
	}
	b.source, b.tenant = b.Dimension("source"), b.Dimension(labelTenant)
	return b
}

// inherit takes over what another one knows, if the dimensions are the same.
func (b *blameWriter) inherit(o *blameWriter) {
	if slices.Equal(b.Dimensions(), o.Dimensions()) {
		b.Book = o.Book
	}
}

// labels returns the dimension of each of the labels of a source's parser, -1 for
// those that are none. They are looked up once for each parser.
func (b *blameWriter) labels(s *source, names []string) []int {
	if len(names) == 0 || len(s.labels) > 0 && &s.labels[0] == &names[0] {
		return s.places
	}
	s.labels, s.places = names, make([]int, len(names))
	for i, name := range names {
		s.places[i] = slices.Index(b.Dimensions(), name)
	}
	return s.places
}

// fillPlaces returns where a record happened. It is valid until the next call.
func (b *blameWriter) fillPlaces(source []byte, tenant []byte, at []int, values [][]byte, t int64) *blame.Places {
	b.places = blame.Places{}
	b.Place(&b.places, b.source, source, t)
	b.Place(&b.places, b.tenant, tenant, t)
	for i, v := range values[:min(len(values), len(at))] {
		if at[i] >= 0 && at[i] != b.tenant {
			b.Place(&b.places, at[i], v, t)
		}
	}
	return &b.places
}

// code returns the number of a code in the book.
func (b *blameWriter) code(e *codes.Entry) uint16 {
	key := codeKey{e.DRM, int32(e.Code)}
	n, ok := b.codes[key]
	if !ok {
		n = b.Code(e.DRM, e.Code, e.Category)
		if len(b.codes) < 2*maxUnlisted {
			b.codes[key] = n
		}
	}
	return n
}

// client is what a witness knows of who failed.
func (b *blameWriter) client(hash uint64, by Identity) uint32 {
	if !b.config.Clients || by == ByNothing {
		return 0
	}
	return uint32(hash >> 32)
}

// sampling chooses of how many records of a kind one has its values read.
type sampling struct {
	every  uint32
	minute int64  // in which records are counted
	count  uint32 // of them
}

// Records of a minute that have their values read: more than are kept, since a minute
// may have fewer records than the one before.
const (
	readRequests = 256
	readEvents   = 1024
)

// counted notes n records, the last of which is of the time now, of which so many are
// wanted in a minute. It goes by the time of the records, so that a backlog is sampled
// as it would have been when it was written.
func (s *sampling) counted(n int, wanted uint32, now int64) {
	if at := now / int64(time.Minute); at > s.minute || at < s.minute-otherLog {
		passed := uint32(min(max(at-s.minute, 1), otherLog)) // a block may hold several minutes
		s.every, s.minute, s.count = s.count/wanted/passed, at, 0
	}
	s.count += uint32(n)
	s.every = max(s.every, s.count/(4*wanted), 1)
}

// recordTime returns the time of a record, now where it has none or is ahead of now.
func recordTime(t, now int64) int64 {
	if t <= 0 || t > now {
		return now
	}
	return t
}

// otherLog is after how many minutes another time is another log.
const otherLog = 60

// Sampling returns of how many requests, and of how many events, one should have its
// values read: see parser.Parser.SetSample.
func (l *Ledger) Sampling() (requests, events uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.layout.blame
	return max(b.requests.every, 1), max(b.events.every, 1)
}

// Judge returns the verdict on what happens since an onset.
func (l *Ledger) Judge(q blame.Question) blame.Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.Catalogue = l.layout.cat
	return l.layout.blame.Judge(q)
}

// Alerting notes that an alert is pending or firing at a time: what fails then is not
// taken for normal later.
func (l *Ledger) Alerting(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.layout.blame.Alerting(at.UnixNano())
}

// Spread shows how the failures in the time over before now are spread: of a code, a
// category, or all (0 and ""), by one dimension or all ("").
func (l *Ledger) Spread(now time.Time, over time.Duration, code int, category, dimension string) (blame.Breakdown, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.layout.blame
	if names := b.Dimensions(); dimension != "" && !slices.Contains(names, dimension) {
		return blame.Breakdown{}, fmt.Errorf("dimension: %q is none of %s", dimension, strings.Join(names, ", "))
	}
	wanted := func(_ string, c int, of string) bool {
		return (code == 0 || c == code) && (category == "" || of == category)
	}
	answer := b.Spread(now.Add(-over), now, wanted, dimension)
	answer.Code, answer.Category = code, category
	return answer, nil
}

// blameRequest adds a request to the book, with the failure that it is.
func (l *Ledger) blameRequest(s *source, q *parser.Request, at []int, t int64, f failedClient) {
	b := &l.layout.blame
	r := blame.Request{At: t, Granted: q.Outcome == parser.Granted, Failed: f.any.clients > 0, Took: q.Duration}
	if q.Sampled {
		r.Places = b.fillPlaces(s.text, q.Tenant, at, q.Labels, t)
	}
	if r.Granted && b.config.Clients && q.Client != nil {
		if hash := l.clients.hash(q.Client); s.identity.isClient(hash) {
			r.Client = uint32(hash >> 32)
		}
	}
	b.Request(r)
	if f.begins {
		b.Failure(b.failure(t, f, r.Places))
	}
}

// blameEvent adds an event to the book.
func (l *Ledger) blameEvent(s *source, e *parser.Event, entry *codes.Entry, at []int, t int64, f failedClient) {
	b := &l.layout.blame
	var places *blame.Places
	if f.own.minutely > 0 && e.Sampled {
		places = b.fillPlaces(s.text, e.Tenant, at, e.Labels, t)
	}
	of := b.failure(t, f, places)
	of.Code, of.Failed = b.code(entry), f.any.clients > 0
	b.Failure(of)
}

// failure returns f for the book. The client of a request without an answer is counted
// as failed with the request.
func (b *blameWriter) failure(t int64, f failedClient, places *blame.Places) blame.Failure {
	return blame.Failure{
		At: t, Client: b.client(f.hash, f.by), Begins: f.begins, Counted: f.own.clients > 0, Sampled: f.own.minutely > 0, Places: places,
	}
}
