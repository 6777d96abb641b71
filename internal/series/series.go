// Package series describes the metric families of the daemon in tables and writes
// their samples in the formats that Prometheus scrapes.
//
// A Source gives its samples family by family to a Sink. Text formats are written
// directly: a daemon with label values has a hundred thousand samples, and to build,
// check, sort and encode each of them as a protobuf message takes ten times as long.
// The samples of a family come in the order of the source; the source promises that
// no two of them have the same labels. The package asks no clock and starts no
// goroutine.
package series

import dto "github.com/prometheus/client_model/go"

// Kind is the type of a family.
type Kind uint8

// The kinds of families.
const (
	Gauge Kind = iota
	Counter
	Histogram
)

func (k Kind) String() string { return [...]string{"gauge", "counter", "histogram"}[k] }

// Group names a part of the exposition, as the parameter collect[] of a scrape does.
type Group string

// The groups.
const (
	Codes    Group = "codes"    // codes that were reported, and what they mean
	Rates    Group = "rates"    // the same as rates over windows
	Requests Group = "requests" // licence requests
	Alerts   Group = "alerts"   // rules and their detectors
	Sources  Group = "sources"  // what is read
	Ignored  Group = "ignored"  // what did not count
	Daemon   Group = "daemon"   // the daemon itself, and all that has no table
)

// Groups returns all groups.
func Groups() []Group { return []Group{Codes, Rates, Requests, Alerts, Sources, Ignored, Daemon} }

// Family describes the samples of one name. It is not changed once it is used.
type Family struct {
	Group  Group
	Name   string // that of a counter ends in _total
	Kind   Kind
	Help   string
	Labels []string // in the order of the alphabet
}

// Sink takes the samples of one family after the other. It serves one goroutine.
type Sink interface {
	// Begin starts a family. One without samples is not written.
	Begin(f *Family)
	// Add adds a sample with one value for each label of the family. created is when
	// a counter began to exist, in Unix nanoseconds; 0 for unknown. The values are
	// not kept.
	Add(value float64, created int64, labels ...string)
	// AddHistogram adds a sample of a family of histograms. h is kept.
	AddHistogram(h *dto.Histogram, labels ...string)
}

// Source gives samples. Its method may be called concurrently.
type Source interface {
	// WriteSeries gives the samples of the groups that are wanted.
	WriteSeries(to Sink, wanted func(Group) bool)
}

// All wants every group.
func All(Group) bool { return true }
