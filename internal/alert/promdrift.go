package alert

import "fmt"

const (
	driftLeast   = 20  // clients of a day, below which nothing is a drift
	driftNats    = 12  // evidence that the day is above the weeks
	driftHistory = 168 // hours that have to be recorded before the day
)

// drift compares the last 24 hours of the sum of all daemons with the four weeks
// before, per value of the rule's by, as the detector of a daemon does: the
// failures per play, or per hour where no log shows requests. Steps of alarms,
// which a daemon leaves out, are among them.
func (p *promWriter) drift(r *rule) string {
	p.recordDrift(r.Name)
	by, on := "", "on ()"
	if r.grouped() {
		by, on = " by ("+r.by()+")", "on ("+r.by()+")"
	}
	sum := func(record string) string { return fmt.Sprintf("sum%s(%s{alert=%q})", by, record, r.Name) }
	x, m := sum("drm:rule_affected_clients:increase1d"), sum("drm:rule_drift:expected1d")
	return fmt.Sprintf("%[1]s / %[2]s >= %[3]s and %[4]s %[1]s >= %[5]d"+
		" and %[4]s (%[1]s * ln(%[1]s / %[2]s) - (%[1]s - %[2]s)) / (max%[6]s(drm:rule_dispersion:max{alert=%[7]q}) + %[2]s / (1 + %[8]s)) > %[9]d",
		x, m, number(max(r.When.Drift.Ratio, leastDrift)), on, driftLeast, by, r.Name, sum("drm:rule_affected_clients:increase4w"), driftNats)
}

// recordDrift records the day and the weeks of each rule and group, once a minute.
// They are added up from one value an hour.
func (p *promWriter) recordDrift(name string) {
	p.recordDispersion()
	p.drifting = append(p.drifting, name)
	slow := func(record, expr string) {
		p.records[record] = expr
		p.slow[record] = true
	}
	for _, s := range []struct{ record, counter string }{
		{"drm:rule_affected_clients", "drm_rule_affected_clients_total"},
		{"drm:rule_plays", "drm_rule_plays_total"},
	} {
		hour := s.record + ":drift1h"
		slow(hour, fmt.Sprintf("sum by (%s) (increase(%s{%s}[1h]) %s)", p.labelled("alert"), s.counter, oneOf("alert", p.drifting), whole))
		slow(s.record+":increase1d", fmt.Sprintf("sum_over_time(%s[1d:1h])", hour))
		slow(s.record+":increase4w", fmt.Sprintf("sum_over_time(%s[4w:1h] offset 1d)", hour))
	}
	slow("drm:rule_affected_clients:hours4w", "count_over_time(drm:rule_affected_clients:drift1h[4w:1h] offset 1d)")
	const before = "clamp_min(drm:rule_affected_clients:increase4w, 1)"
	slow("drm:rule_drift:expected1d", fmt.Sprintf(
		"(%[1]s * (drm:rule_plays:increase1d > 0) / (drm:rule_plays:increase4w > 0) or %[1]s * 24 / drm:rule_affected_clients:hours4w) and drm:rule_affected_clients:hours4w >= %[2]d",
		before, driftHistory))
}
