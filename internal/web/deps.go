package web

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/series"
	"wvwatch/internal/tailer"
)

// Deps are what the answers are made of. Its functions are called from many
// goroutines at once.
type Deps struct {
	// Gatherer gives the series of /metrics.
	Gatherer prometheus.Gatherer
	// Series are the sources of further series of /metrics, which are written without
	// a registry.
	Series []series.Source
	// Registerer takes the server's own series; nil for none.
	Registerer prometheus.Registerer
	// Ready reports whether the counts are whole, and if not, why in one sentence
	// that may be shown to anyone. Nil means always.
	Ready func() (ok bool, why string)
	// Standby reports whether the daemon waits to take over from the leader of its
	// group; nil means never. /metrics then has the series of Own alone.
	Standby func() bool
	// Own gives the series of this process; nil for none.
	Own prometheus.Gatherer
	// Group returns the daemon's group; nil where it is in none.
	Group func() Group
	// Reload reads the configuration again. Its error is shown to the caller.
	// Nil means that there is nothing to reload.
	Reload func(context.Context) error
	// Version is shown on the page.
	Version string
	// ExternalLabels returns the labels that name this daemon in its alerts.
	ExternalLabels func() map[string]string

	// What the page and the API show. Each is asked at most twice a second while
	// there are requests, and not at all otherwise. Where one is nil, its part is
	// empty.

	// Snapshot returns what the ledger holds.
	Snapshot func(now time.Time) metrics.Snapshot
	// Catalogue returns the present catalogue: another one after a reload.
	Catalogue func() *codes.Catalogue
	// States returns the state of each rule.
	States func() []alert.Status
	// Alerts returns the alerts that were resolved lately; those that fire are
	// left out.
	Alerts func() []alert.Alert
	// Mutes returns the state of the configured mutes.
	Mutes func(now time.Time) []alert.Mute
	// Unwatched returns the rules that have too many values of their label.
	Unwatched func() []alert.Unwatched
	// Accept ends the alerts of a rule that have all of these labels, and
	// returns their labels. Nil means that nothing can be accepted.
	Accept func(ctx context.Context, rule string, labels map[string]string) ([]map[string]string, error)
	// Periods returns when alerts fired in the last day, that are over.
	Periods func() []alert.Period
	// Receivers returns the state of the alert receivers.
	Receivers func() []notify.Receiver
	// Samples returns redacted records, newest first.
	Samples func(keep func(*metrics.Sample) bool) []metrics.Sample
	// Positions returns those of all files that are followed.
	Positions func() []tailer.Position
	// Stats returns the tailer's counters.
	Stats func() tailer.Stats
	// Inputs returns the figures of the sources that do not follow files, by name.
	Inputs func() map[string]input.Stats
	// Verdict judges an alert that is pending or firing, by is its value of the label
	// in its rule's by; without an alert the last minutes. Its error is the client's.
	Verdict func(alert, by string, now time.Time) (blame.Verdict, error)
	// Breakdown shows how the failures of a window are spread.
	Breakdown func(q BreakdownQuery, now time.Time) (blame.Breakdown, error)
	// Lag returns how old the lines of a source are when they are read.
	Lag func(source string, now time.Time) metrics.Lag
}

// Group is a consumer group of Kafka of which one member leads: it counts, answers
// scrapes and sends alerts.
type Group struct {
	Name     string
	Role     string   // leader | standby
	Leader   string   // host name; empty while there is none
	Standbys []string // host names
}

// BreakdownQuery selects the failures of a breakdown.
type BreakdownQuery struct {
	Code      int    // 0 for all
	Category  string // "" for all
	Over      time.Duration
	Dimension string // "" for all
}
