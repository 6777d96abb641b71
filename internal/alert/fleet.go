package alert

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// ruleSums is what the detectors of a rule and group have counted, for Prometheus to
// add up over a fleet of daemons.
type ruleSums struct {
	labels                    []string // of Engine.fleetLabels
	affected, plays, expected float64  // since the start
	dispersion, known         float64
}

// learnt returns the sums of each rule that a detector of failures judges, and of
// each of its groups: at most MaxGroups. The caller holds the lock.
func (e *Engine) learnt() []ruleSums {
	var list []ruleSums
	names := e.fleetLabels()
	for _, t := range e.tracks {
		c, ok := t.condition.(feeder)
		if !ok || c.attached().spec.kind == falls {
			continue
		}
		sums := ruleSums{labels: make([]string, len(names)), dispersion: 1}
		sums.labels[0] = t.rule.Name
		if i := slices.Index(names, t.rule.by()); i > 0 {
			sums.labels[i] = t.group
		}
		for _, s := range c.attached().streams() {
			sums.affected, sums.plays, sums.expected = sums.affected+s.affected, sums.plays+s.plays, sums.expected+s.expected
			sums.known += s.detector.Known()
			sums.dispersion = max(sums.dispersion, s.detector.Dispersion())
		}
		list = append(list, sums)
	}
	return list
}

// fleetLabels are the labels of the series to add up: alert, and each label that a
// rule groups by. The caller holds the lock.
func (e *Engine) fleetLabels() []string {
	names := []string{"alert"}
	for _, r := range e.rules {
		if by := r.by(); by != "" && r.When.detected() && !slices.Contains(names, by) {
			names = append(names, by)
		}
	}
	slices.Sort(names[1:])
	return names
}

// fleetDescs describe these series. Their labels are those of the present rules.
type fleetDescs struct {
	affected, plays, expected, dispersion, known *prometheus.Desc
}

func newFleetDescs(labels []string) fleetDescs {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, labels, nil) }
	return fleetDescs{
		affected: desc("drm_rule_affected_clients_total",
			"Clients that failed with what the rule counts, each once in ten minutes; incidents or records where the log names no client."),
		plays: desc("drm_rule_plays_total",
			"Plays that the rule is judged by: granted requests and clients that failed; 0 for logs without requests."),
		expected: desc("drm_rule_expected_clients_total",
			"Clients that would have failed by what was learnt alone, without a prior: what a fleet may add up."),
		dispersion: desc("drm_rule_dispersion",
			"By how much more than chance the counts of the rule vary, from 1 to 20."),
		known: desc("drm_rule_known_clients",
			"Failures that the normal of the rule was learnt from."),
	}
}

func (d *fleetDescs) all() []*prometheus.Desc {
	return []*prometheus.Desc{d.affected, d.plays, d.expected, d.dispersion, d.known}
}
