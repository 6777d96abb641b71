package alert

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// descs describe the series of an engine.
type descs struct {
	state, ended, muteActive, muted, unwatched, evidence, tolerated, evaluations, evaluated *prometheus.Desc
}

func newDescs() descs {
	return descs{
		state: prometheus.NewDesc("drm_alert_state",
			"State of the alert: 0 inactive, 1 pending, 2 firing.", []string{"alert", "severity"}, nil),
		ended: prometheus.NewDesc("wvwatch_alerts_ended_total",
			"Alerts that have fired and ended, by how they ended: over, new level, accepted or rule gone.", []string{"alert", "end"}, nil),
		muteActive: prometheus.NewDesc("wvwatch_mute_active",
			"Whether a mute is on at this time of the week.", []string{"mute"}, nil),
		muted: prometheus.NewDesc("wvwatch_alerts_muted",
			"Firing alerts that a mute keeps from receivers.", []string{"mute"}, nil),
		unwatched: prometheus.NewDesc("wvwatch_alert_unwatched_groups",
			"Values of the label of a rule with by that have incidents in its window, but no alert since there are too many values.", []string{"alert"}, nil),
		evidence: prometheus.NewDesc("drm_spike_evidence",
			"Evidence of a rule that a detector judges, in nats (ticket 10, page 12), of drift the ratio: not below its threshold while it fires.", []string{"alert"}, nil),
		tolerated: prometheus.NewDesc("drm_spike_tolerated_incidents",
			"Incidents in the window of a rule on numbers that are no surprise here, so that it does not fire; 0 while that is not known.", []string{"alert"}, nil),
		evaluations: prometheus.NewDesc("wvwatch_alert_evaluations_total",
			"Evaluations of all alert rules.", nil, nil),
		evaluated: prometheus.NewDesc("wvwatch_alert_last_evaluation_timestamp_seconds",
			"When the alert rules were last evaluated; 0 for never.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (e *Engine) Describe(ch chan<- *prometheus.Desc) {
	ch <- e.descs.state
	ch <- e.descs.ended
	ch <- e.descs.muteActive
	ch <- e.descs.muted
	ch <- e.descs.unwatched
	ch <- e.descs.evidence
	ch <- e.descs.tolerated
	ch <- e.descs.evaluations
	ch <- e.descs.evaluated
	e.mu.Lock()
	fleet := newFleetDescs(e.fleetLabels())
	e.mu.Unlock()
	for _, d := range fleet.all() {
		ch <- d
	}
}

// Collect implements prometheus.Collector. A rule that is not configured any
// more has no series.
func (e *Engine) Collect(ch chan<- prometheus.Metric) {
	e.mu.Lock()
	states, evidence, tolerated := e.summary()
	evaluations, evaluated := e.evaluations, e.evaluated
	unwatched := make(map[string]int)
	for _, r := range e.rules {
		if r.grouped() {
			unwatched[r.Name] = r.missed
		}
	}
	ended := make(map[ending]uint64)
	for _, s := range states {
		for _, end := range Ends() {
			ended[ending{s.Rule, end}] = 0
		}
	}
	maps.Copy(ended, e.ended)
	learnt, fleet := e.learnt(), newFleetDescs(e.fleetLabels())
	e.mu.Unlock()

	for _, l := range learnt {
		count := func(desc *prometheus.Desc, n float64) {
			ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, n, e.created, l.labels...)
		}
		count(fleet.affected, l.affected)
		count(fleet.plays, l.plays)
		count(fleet.expected, l.expected)
		ch <- prometheus.MustNewConstMetric(fleet.dispersion, prometheus.GaugeValue, l.dispersion, l.labels...)
		ch <- prometheus.MustNewConstMetric(fleet.known, prometheus.GaugeValue, l.known, l.labels...)
	}

	for how, n := range ended {
		ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(e.descs.ended, prometheus.CounterValue, float64(n), e.created, how.rule, string(how.end))
	}
	for _, m := range e.Mutes(time.Now()) {
		active := 0.0
		if m.Active {
			active = 1
		}
		ch <- prometheus.MustNewConstMetric(e.descs.muteActive, prometheus.GaugeValue, active, m.Name)
		ch <- prometheus.MustNewConstMetric(e.descs.muted, prometheus.GaugeValue, float64(m.Muted), m.Name)
	}
	for _, s := range states {
		ch <- prometheus.MustNewConstMetric(e.descs.state, prometheus.GaugeValue, float64(s.State), s.Rule, s.Severity)
	}
	for rule, n := range unwatched {
		ch <- prometheus.MustNewConstMetric(e.descs.unwatched, prometheus.GaugeValue, float64(n), rule)
	}
	for _, s := range evidence {
		ch <- prometheus.MustNewConstMetric(e.descs.evidence, prometheus.GaugeValue, s.Value, s.Rule)
	}
	for _, s := range tolerated {
		ch <- prometheus.MustNewConstMetric(e.descs.tolerated, prometheus.GaugeValue, s.Value, s.Rule)
	}
	ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(e.descs.evaluations, prometheus.CounterValue, float64(evaluations), e.created)
	seconds := 0.0
	if !evaluated.IsZero() {
		seconds = float64(evaluated.UnixNano()) / 1e9
	}
	ch <- prometheus.MustNewConstMetric(e.descs.evaluated, prometheus.GaugeValue, seconds)
}

// evidence is that of the rule's most alarming track. The caller holds the lock.
func (r *rule) evidence() (most float64) {
	for _, t := range r.groups {
		if d, ok := t.condition.(interface{ measured() float64 }); ok {
			most = max(most, d.measured())
		}
	}
	return most
}

// tolerated is that of the rule's busiest track. The caller holds the lock.
func (r *rule) tolerated() (most float64) {
	for _, t := range r.groups {
		if d, ok := t.condition.(either); ok {
			most = max(most, d.tolerated())
		}
	}
	return most
}

// summary returns one status for each rule, one for each that looks for spikes
// and one for each of these that goes by a number too: of several groups the
// most alarming. The caller holds the lock.
func (e *Engine) summary() (states, evidence, tolerated []Status) {
	for _, r := range e.rules {
		sum := Status{Rule: r.Name, Severity: r.Severity}
		for _, t := range r.groups {
			sum.State = max(sum.State, t.status.State)
			sum.Value = max(sum.Value, t.status.Value)
		}
		if r.here() {
			states = append(states, sum)
		}
		if r.When.detected() {
			sum.Value = r.evidence()
			evidence = append(evidence, sum)
		}
		if asksEither(r.When) {
			sum.Value = r.tolerated()
			tolerated = append(tolerated, sum)
		}
	}
	return states, evidence, tolerated
}
