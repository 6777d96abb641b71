package daemon

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"wvwatch/internal/humanize"
	"wvwatch/internal/metrics"
)

const (
	offsetWarned  = 2 * time.Minute  // a smaller lag is the delay of a pipeline
	offsetChanged = 10 * time.Minute // a lag that differs by so much is warned of again
)

// offsets warns of sources with lines that are steadily old when they are read, or in
// the future, as with a wrong time zone: they are counted, but rules and rates
// look at other minutes. It is used by one goroutine.
type offsets struct {
	log    *slog.Logger
	warned map[string]time.Duration // by source
}

// look warns once of each source, and again where its lag changes.
func (o *offsets) look(now time.Time, sources []string, of func(source string, now time.Time) metrics.Lag) {
	for _, source := range sources {
		lag := of(source, now)
		if !lag.Steady() {
			continue
		}
		was, warned := o.warned[source]
		switch {
		case lag.Median.Abs() < offsetWarned:
			delete(o.warned, source)
		case !warned || (lag.Median-was).Abs() >= offsetChanged:
			if o.warned == nil {
				o.warned = map[string]time.Duration{}
			}
			o.warned[source] = lag.Median
			o.log.Warn(OffsetWarning(source, lag.Median), "component", "parser", "source", source)
		}
	}
}

// lates warns of sources with lines that come later than the windows of rules on them are
// long: such rules see them, as much later. It is used by one goroutine.
type lates struct {
	log    *slog.Logger
	warned map[string]time.Duration // by source
}

// look warns of each source, and again where its lines come later than they did.
func (l *lates) look(sources []string, lateness func(source string) time.Duration, shorter func(source string, late time.Duration) []string) {
	for _, source := range sources {
		late := lateness(source)
		if late <= l.warned[source] || late <= metrics.LeastLateness {
			continue
		}
		names := shorter(source, late)
		if len(names) == 0 {
			continue
		}
		if l.warned == nil {
			l.warned = make(map[string]time.Duration)
		}
		l.warned[source] = late
		l.log.Warn(fmt.Sprintf("lines of source %s come up to %s late, and so do alerts on it: the windows of %s are shorter", source, humanize.Duration(late), strings.Join(names, ", ")),
			"component", "alert", "source", source)
	}
}

// OffsetWarning returns a warning of a lag with what an operator can do about it.
func OffsetWarning(source string, lag time.Duration) string {
	how := hoursMinutes(lag) + " old when they are read"
	if lag < 0 {
		how = "dated " + hoursMinutes(-lag) + " in the future"
	}
	return fmt.Sprintf("lines of source %s are %s: if its times have no zone, set timezone of the source; else its clock is wrong or its lines come late. Rates and rules go by these times", source, how)
}

// hoursMinutes writes a duration as 1h05m, or 5m.
func hoursMinutes(d time.Duration) string {
	minutes := int(d.Round(time.Minute).Minutes())
	if minutes < 60 {
		return fmt.Sprintf("%dm", minutes)
	}
	return fmt.Sprintf("%dh%02dm", minutes/60, minutes%60)
}
