package alert

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
)

// fleetWindow is a window in which Prometheus looks for a rise in the sum of all
// daemons, with a short one that has to agree: what is over does not fire.
type fleetWindow struct{ long, short time.Duration }

// fleetWindows are long enough for the smallest rise and short enough for a
// total outage. Prometheus has no state, so that it needs several where the
// daemon's detector needs none.
func fleetWindows() []fleetWindow {
	return []fleetWindow{
		{time.Minute, time.Minute},
		{5 * time.Minute, 2 * time.Minute},
		{15 * time.Minute, 5 * time.Minute},
		{time.Hour, 5 * time.Minute},
	}
}

const (
	fleetEvidence  = 10 // nats at which a rule on spikes fires
	fleetTolerance = 2  // times the normal that is no surprise
	fleetLeast     = 5  // clients, below which nothing is a rise
	fleetKeep      = 5 * time.Minute
	fleetPageOver  = 5 * time.Minute // over which the plays lost are judged
	fleetPagePart  = "0.033"         // of the plays in it: 10 s of a total outage
)

// pages reports whether a rule on spikes wakes a person: then it takes enough
// plays lost, too.
func (s *Spike) pages() bool { return s.level() == detect.Page }

// fleetThreshold is the evidence at which the rule fires.
func (s *Spike) fleetThreshold() string {
	if n, err := parseSensitivity(s.Sensitivity); err == nil && n > 0 {
		return number(n)
	}
	return strconv.Itoa(fleetEvidence)
}

// spike fires by the evidence in the sum of all daemons; without by also by that
// of one daemon alone, which knows more of its own logs.
func (p *promWriter) spike(r *rule) string {
	p.recordFleet()
	sum, on := "max", "on ()"
	if r.grouped() {
		sum, on = "max by ("+r.by()+") ", "on ("+r.by()+")"
	}
	selected := fmt.Sprintf("{alert=%q}", r.Name)
	expr := fmt.Sprintf(`%s({__name__=~"drm:rule_evidence:.+",alert=%q}) >= %s`, sum, r.Name, r.When.risen().fleetThreshold())
	if !r.grouped() {
		expr = fmt.Sprintf("(%s or max(%s%s) >= %s)", expr, p.evidence(), selected, number(r.When.evidence()))
	}
	if !r.When.risen().pages() {
		return expr
	}
	total := "sum"
	if r.grouped() {
		total = "sum by (" + r.by() + ") "
	}
	over := span(fleetPageOver)
	return fmt.Sprintf("%s and %s %s(drm:rule_affected_clients:increase%s%s) / (%s(drm:rule_plays:increase%s%s) > 0) >= %s",
		expr, on, total, over, selected, total, over, selected, fleetPagePart)
}

// whole leaves out the daemons that read a backlog, since their counts are of the past.
const whole = "unless on (job, instance) (max by (job, instance) (wvwatch_catching_up) == 1)"

// fleetRaw is the longest window for which the samples of every daemon are read.
// Longer ones are added up from recorded minutes: of 500 daemons an hour would be
// two million samples a counter and evaluation.
const fleetRaw = 5 * time.Minute

// fleetIncrease records by how much a counter of the rules grows in a window, on
// all daemons together, and returns the name of the record.
func (p *promWriter) fleetIncrease(record, counter string, over time.Duration) string {
	name := record + ":increase" + span(over)
	if over > fleetRaw {
		p.records[name] = fmt.Sprintf("sum_over_time(%s[%s:1m])", p.fleetIncrease(record, counter, time.Minute), span(over))
	} else {
		p.records[name] = fmt.Sprintf("sum by (%s) (increase(%s[%s]) %s)", p.labelled("alert"), counter, span(over), whole)
	}
	return name
}

// recordDispersion records that of the daemon that varies most.
func (p *promWriter) recordDispersion() {
	p.records["drm:rule_dispersion:max"] = fmt.Sprintf("max by (%s) (drm_rule_dispersion %s)", p.labelled("alert"), whole)
}

// evidence records that of the daemon that is surest, and returns the record's name.
func (p *promWriter) evidence() string {
	const record = "drm:spike_evidence:max"
	p.records[record] = "max by (alert) (drm_spike_evidence " + whole + ")"
	return record
}

// recordFleet records the evidence of each rule, and of each value of the label
// in its by, over the sum of all daemons.
func (p *promWriter) recordFleet() {
	sum := p.fleetIncrease
	tolerated := func(over time.Duration) string {
		record := "drm:rule_tolerated_clients:increase" + span(over)
		p.records[record] = fmt.Sprintf("%d * clamp_min(%s, %s)", fleetTolerance,
			sum("drm:rule_expected_clients", "drm_rule_expected_clients_total", over), number(over.Hours()))
		return record
	}
	p.recordDispersion()
	p.records["drm:rule_known_clients:sum"] = fmt.Sprintf("sum by (%s) (drm_rule_known_clients %s)", p.labelled("alert"), whole)
	sum("drm:rule_plays", "drm_rule_plays_total", fleetPageOver)
	for _, w := range fleetWindows() {
		x, m := sum("drm:rule_affected_clients", "drm_rule_affected_clients_total", w.long), tolerated(w.long)
		xs, ms := sum("drm:rule_affected_clients", "drm_rule_affected_clients_total", w.short), tolerated(w.short)
		p.records["drm:rule_evidence:"+span(w.long)] = fmt.Sprintf(
			"(%[1]s * ln(%[1]s / %[2]s) - (%[1]s - %[2]s)) / (drm:rule_dispersion:max + %[2]s / (1 + drm:rule_known_clients:sum))"+
				" and %[1]s >= %[3]d and %[1]s > %[2]s and %[4]s > %[5]s and %[4]s / %[6]s >= %[1]s / %[7]s",
			x, m, fleetLeast, xs, ms, number(w.short.Seconds()), number(4*w.long.Seconds()))
	}
}

// order returns the names of what is recorded, each after what it is made of.
func (p *promWriter) order() []string {
	stage := func(name string) int {
		switch {
		case strings.HasPrefix(name, "drm:rule_evidence:"), strings.HasPrefix(name, "drm:rule_drift:"):
			return 3
		case strings.HasPrefix(name, "drm:rule_tolerated_clients:"):
			return 2
		case strings.HasPrefix(p.records[name], "sum_over_time("), strings.HasPrefix(p.records[name], "count_over_time("):
			return 1
		}
		return 0
	}
	names := slices.Sorted(maps.Keys(p.records))
	slices.SortStableFunc(names, func(a, b string) int { return stage(a) - stage(b) })
	return names
}
