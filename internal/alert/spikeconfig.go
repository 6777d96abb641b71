package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/fault"
)

// level returns the level from which on the rule holds.
func (s *Spike) level() detect.Level {
	if s.Level == "page" || s.Level == "" && s.Sensitivity == "page" {
		return detect.Page
	}
	return detect.Ticket
}

// settings returns those of the detector; s has passed checkSpike.
func (s *Spike) settings() detect.Settings {
	evidence, _ := parseSensitivity(s.Sensitivity)
	usual, _ := parseUsual(s.Usual)
	return detect.Settings{
		Evidence: evidence, PageAfter: s.PageAfter.Seconds(), MinClients: s.MinClients, Tolerance: s.Tolerance,
		Usual: usual, Never: s.Relearn == relearnNever, RefusedShare: s.RefusedShare,
	}
}

// detected reports whether a detector judges the condition, of which Prometheus sees
// the evidence.
func (w When) detected() bool {
	return w.Spike != nil || w.Gateway != nil || w.Collapse || w.Drift != nil
}

// risen returns the settings of a condition on a rise, spike or gateway; nil for none.
func (w When) risen() *Spike {
	if w.Gateway != nil {
		return w.Gateway.spike()
	}
	return w.Spike
}

// evidence is the measure of the detector, drm_spike_evidence, from which on the
// condition holds.
func (w When) evidence() float64 {
	s := w.risen()
	switch {
	case w.Collapse:
		return fallEvidence
	case w.Drift != nil:
		return max(w.Drift.Ratio, leastDrift)
	}
	evidence, _ := parseSensitivity(s.Sensitivity)
	if evidence == 0 {
		evidence = 10
	}
	if s.level() == detect.Page {
		evidence += 2
	}
	return evidence
}

// fallEvidence is what a collapse has at least while it is on.
const fallEvidence = 12

// The values of Spike.Relearn.
const (
	relearnAuto  = "auto"
	relearnNever = "never"
)

func checkSpike(w When, f fault.Scope) { w.Spike.check("spike", f) }

func (s *Spike) check(field string, f fault.Scope) {
	if _, err := parseSensitivity(s.Sensitivity); err != nil {
		f.Add(field+".sensitivity", "%v", err)
	} else if (s.Sensitivity == "page" || s.Sensitivity == "ticket") && s.Level != "" {
		f.AddFix(field+".sensitivity", "remove it, unless it is a number", "can not be combined with level")
	}
	if _, err := parseUsual(s.Usual); err != nil {
		f.Add(field+".usual", "%v", err)
	}
	if s.Level != "" && s.Level != "page" && s.Level != "ticket" {
		f.Add(field+".level", "unknown: %q: page (many plays lost for some time) or ticket (certainly more than normal)", s.Level)
	}
	if s.PageAfter != 0 && (s.PageAfter < time.Second || s.PageAfter > time.Hour) {
		f.Add(field+".page_after", "%s: must be from 1s to 1h: how long an outage of all plays would have to last to lose as many", s.PageAfter)
	}
	if s.MinClients < 0 || s.MinClients > maxSeen {
		f.Add(field+".min_clients", "%d: must be from 1 to %d", s.MinClients, maxSeen)
	}
	if s.Tolerance != 0 && !(s.Tolerance >= 1.2 && s.Tolerance <= 10) {
		f.Add(field+".tolerance", "%s: must be from 1.2 to 10 times the normal", number(s.Tolerance))
	}
	if s.Relearn != "" && s.Relearn != relearnAuto && s.Relearn != relearnNever {
		f.Add(field+".relearn", "unknown: %q: auto or never", s.Relearn)
	}
	if s.RefusedShare != 0 && !(s.RefusedShare > 0 && s.RefusedShare < 1) {
		f.Add(field+".refused_share", "%s: must be a part of the plays, above 0 and below 1", number(s.RefusedShare))
	}
}

// parseSensitivity returns the evidence of a ticket, in nats; 0 for the default. The
// words are those of rules that were written before level was.
func parseSensitivity(s string) (float64, error) {
	switch s {
	case "", "page":
		return 0, nil
	case "ticket":
		return 8, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 3 && n <= 100) {
		return 0, fmt.Errorf("%q: must be page, ticket or a number from 3 to 100, the higher the surer", s)
	}
	return n, nil
}

// parseUsual returns what is usual, in events per second; 0 for unknown.
func parseUsual(s string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	const cure = `must be a rate such as "0.2/min", "3/h" or "1/s"`
	count, unit, found := strings.Cut(s, "/")
	seconds := map[string]float64{"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}[strings.TrimSpace(unit)]
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if !found || seconds == 0 || err != nil {
		return 0, fmt.Errorf("%q: %s", s, cure)
	}
	if rate := n / seconds; rate > 0 && rate <= 1e6 && !math.IsInf(n, 0) {
		return rate, nil
	}
	return 0, fmt.Errorf("%q: must be above 0 and at most a million a second", s)
}
