package alert

import (
	"slices"
	"time"

	"wvwatch/internal/series"

	"github.com/prometheus/client_golang/prometheus"
)

// sums are what an engine exports, of one moment.
type sums struct {
	created                     int64 // Unix nanoseconds
	states, evidence, tolerated []Status
	unwatched                   map[string]int // by rule
	ended                       map[endKey]uint64
	mutes                       []Mute
	evaluations                 uint64
	evaluated                   time.Time
	fleet                       []ruleSums
}

// families is the table of all that the engine exports. fleet are the labels of the
// series to add up over a fleet.
func families(fleet []string) []series.Row[sums] {
	row := func(kind series.Kind, name, help string, write func(sums, series.Add), labels ...string) series.Row[sums] {
		return series.Row[sums]{Family: series.Family{Group: series.Alerts, Name: name, Kind: kind, Help: help, Labels: labels}, Write: write}
	}
	of := func(kind series.Kind, name, help string, value func(*ruleSums) float64) series.Row[sums] {
		return row(kind, name, help, func(s sums, add series.Add) {
			for i := range s.fleet {
				add(value(&s.fleet[i]), s.fleet[i].labels...)
			}
		}, fleet...)
	}
	values := func(list func(sums) []Status) func(sums, series.Add) {
		return func(s sums, add series.Add) {
			for _, st := range list(s) {
				add(st.Value, st.Rule)
			}
		}
	}
	return []series.Row[sums]{
		row(series.Gauge, "drm_alert_state", "State of the alert: 0 inactive, 1 pending, 2 firing.", writeStates, "alert", "severity"),
		row(series.Counter, "wvwatch_alerts_ended_total", "Alerts that have fired and ended, by how they ended.", writeEnded, "alert", "end"),
		row(series.Gauge, "wvwatch_mute_active", "Whether a mute is on at this time of the week.", writeMutes(func(m Mute) float64 { return truth(m.Active) }), "mute"),
		row(series.Gauge, "wvwatch_alerts_muted", "Firing alerts that a mute keeps from receivers.", writeMutes(func(m Mute) float64 { return float64(m.Muted) }), "mute"),
		row(series.Gauge, "wvwatch_alert_unwatched_groups", "Values of the label in by that have no alert: too many.", writeUnwatched, "alert"),
		row(series.Gauge, "drm_spike_evidence", "Evidence of a rule's detector, in nats; of drift the ratio.",
			values(func(s sums) []Status { return s.evidence }), "alert"),
		row(series.Gauge, "drm_spike_tolerated_incidents", "Incidents in the window of a rule that are normal; 0 for unknown.",
			values(func(s sums) []Status { return s.tolerated }), "alert"),
		row(series.Counter, "wvwatch_alert_evaluations_total", "Evaluations of all alert rules.", func(s sums, add series.Add) { add(float64(s.evaluations)) }),
		row(series.Gauge, "wvwatch_alert_last_evaluation_timestamp_seconds", "When the rules were last evaluated; 0 for never.",
			func(s sums, add series.Add) { add(series.Seconds(s.evaluated)) }),

		of(series.Counter, "drm_rule_affected_clients_total", "Clients that failed with what the rule counts, each once in ten minutes; incidents or records where the log names no client.",
			func(r *ruleSums) float64 { return r.affected }),
		of(series.Counter, "drm_rule_plays_total", "Plays that the rule is judged by: granted requests and clients that failed; 0 for logs without requests.",
			func(r *ruleSums) float64 { return r.plays }),
		of(series.Counter, "drm_rule_expected_clients_total", "Clients that would have failed by what was learnt alone, without a prior: what a fleet may add up.",
			func(r *ruleSums) float64 { return r.expected }),
		of(series.Gauge, "drm_rule_dispersion", "By how much more than chance the counts of the rule vary, from 1 to 20.", func(r *ruleSums) float64 { return r.dispersion }),
		of(series.Gauge, "drm_rule_known_clients", "Failures that the normal of the rule was learnt from.", func(r *ruleSums) float64 { return r.known }),
	}
}

func writeStates(s sums, add series.Add) {
	for _, st := range s.states {
		add(float64(st.State), st.Rule, st.Severity)
	}
}

func writeEnded(s sums, add series.Add) {
	for how, n := range s.ended {
		add(float64(n), how.rule, string(how.end))
	}
}

func writeMutes(value func(Mute) float64) func(sums, series.Add) {
	return func(s sums, add series.Add) {
		for _, m := range s.mutes {
			add(value(m), m.Name)
		}
	}
}

func writeUnwatched(s sums, add series.Add) {
	for rule, n := range s.unwatched {
		add(float64(n), rule)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector: the labels are those of the rules at the
// time.
func (e *Engine) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (e *Engine) Collect(out chan<- prometheus.Metric) { series.Collect(e, out) }

// WriteSeries implements series.Source. A rule that is not configured any more has no
// series.
func (e *Engine) WriteSeries(to series.Sink, wanted func(series.Group) bool) {
	if !wanted(series.Alerts) {
		return
	}
	s, labels := e.sums(time.Now())
	values := make([]string, 0, len(labels)+1)
	for _, f := range families(labels) {
		to.Begin(&f.Family)
		f.Write(s, func(value float64, labels ...string) {
			values = append(values[:0], labels...)
			to.Add(value, s.created, values...)
		})
	}
}

// sums returns what is exported at now, and the labels of what a fleet adds up.
func (e *Engine) sums(now time.Time) (sums, []string) {
	mutes := e.Mutes(now)
	e.mu.Lock()
	defer e.mu.Unlock()
	s := sums{
		created: e.created.UnixNano(), unwatched: make(map[string]int), mutes: mutes,
		evaluations: e.evaluations, evaluated: e.evaluated, fleet: e.set.learnt(),
	}
	s.fleet = firstZero(s.fleet)
	s.states, s.evidence, s.tolerated = e.set.summary()
	for _, r := range e.set.rules {
		if r.grouped() {
			s.unwatched[r.Name] = r.missed
		}
	}
	s.ended = e.ended.export(s.states)
	return s, e.set.fleetLabels()
}

// firstZero returns the sums of what has counted anything, as 0 where they are
// exported for the first time.
func firstZero(list []ruleSums) []ruleSums {
	list = slices.DeleteFunc(list, func(r ruleSums) bool {
		return !r.instance.exported && r.affected == 0 && r.plays == 0 && r.expected == 0 && r.known == 0
	})
	for i := range list {
		if r := &list[i]; !r.instance.exported {
			r.instance.exported = true
			r.affected, r.plays, r.expected = 0, 0, 0
		}
	}
	return list
}

// evidence is that of the rule's most alarming instance. The caller holds the lock.
func (r *rule) evidence() (most float64) {
	for _, t := range r.groups {
		if d, ok := t.condition.(interface{ measured() float64 }); ok {
			most = max(most, d.measured())
		}
	}
	return most
}

// tolerated is that of the rule's busiest instance. The caller holds the lock.
func (r *rule) tolerated() (most float64) {
	for _, t := range r.groups {
		if d, ok := t.condition.(thresholdOrSpike); ok {
			most = max(most, d.tolerated())
		}
	}
	return most
}

// summary returns one status for each rule, one for each that looks for spikes
// and one for each of these that goes by a number too: of several groups the
// most alarming. The caller holds the lock.
func (s *ruleset) summary() (states, evidence, tolerated []Status) {
	for _, r := range s.rules {
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
		if asksThresholdOrSpike(r.When) {
			sum.Value = r.tolerated()
			tolerated = append(tolerated, sum)
		}
	}
	return states, evidence, tolerated
}
