package alert

import (
	"slices"
)

// ruleSums is what the detectors of a rule and group have counted, for Prometheus to
// add up over a fleet of daemons.
type ruleSums struct {
	instance                  *instance
	labels                    []string // of Engins.fleetLabels
	affected, plays, expected float64  // since the start
	dispersion, known         float64
}

// learnt returns the sums of each rule that a detector of failures judges, and of
// each of its groups: at most MaxGroups.
func (s *ruleset) learnt() []ruleSums {
	var list []ruleSums
	names := s.fleetLabels()
	for _, t := range s.instances {
		c, ok := t.condition.(detectorUser)
		if !ok || c.attached().spec.kind == falls {
			continue
		}
		sums := ruleSums{instance: t, labels: make([]string, len(names)), dispersion: 1}
		sums.labels[0] = t.rule.Name
		if i := slices.Index(names, t.rule.by()); i > 0 {
			sums.labels[i] = t.group
		}
		for _, st := range c.attached().streams() {
			sums.affected, sums.plays, sums.expected = sums.affected+st.affected, sums.plays+st.plays, sums.expected+st.expected
			sums.known += st.detector.Known()
			sums.dispersion = max(sums.dispersion, st.detector.Dispersion())
		}
		list = append(list, sums)
	}
	return list
}

// fleetLabels are the labels of the series to add up: alert, and each label that a
// rule groups by.
func (s *ruleset) fleetLabels() []string {
	names := []string{"alert"}
	for _, r := range s.rules {
		if by := r.by(); by != "" && r.When.detected() && !slices.Contains(names, by) {
			names = append(names, by)
		}
	}
	slices.Sort(names[1:])
	return names
}
