package alert

import "github.com/prometheus/client_golang/prometheus"

// descs describe the series of an engine.
type descs struct {
	state, evaluations, evaluated *prometheus.Desc
}

func newDescs() descs {
	return descs{
		state: prometheus.NewDesc("drm_alert_state",
			"State of the alert: 0 inactive, 1 pending, 2 firing.", []string{"alert", "severity"}, nil),
		evaluations: prometheus.NewDesc("wvwatch_alert_evaluations_total",
			"Evaluations of all alert rules.", nil, nil),
		evaluated: prometheus.NewDesc("wvwatch_alert_last_evaluation_timestamp_seconds",
			"When the alert rules were last evaluated; 0 for never.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (e *Engine) Describe(ch chan<- *prometheus.Desc) {
	ch <- e.descs.state
	ch <- e.descs.evaluations
	ch <- e.descs.evaluated
}

// Collect implements prometheus.Collector. A rule that is not configured any
// more has no series.
func (e *Engine) Collect(ch chan<- prometheus.Metric) {
	e.mu.Lock()
	status, evaluations, evaluated := append([]Status(nil), e.status...), e.evaluations, e.evaluated
	e.mu.Unlock()

	for _, s := range status {
		ch <- prometheus.MustNewConstMetric(e.descs.state, prometheus.GaugeValue, float64(s.State), s.Rule, s.Severity)
	}
	ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(e.descs.evaluations, prometheus.CounterValue, float64(evaluations), e.created)
	seconds := 0.0
	if !evaluated.IsZero() {
		seconds = float64(evaluated.UnixNano()) / 1e9
	}
	ch <- prometheus.MustNewConstMetric(e.descs.evaluated, prometheus.GaugeValue, seconds)
}
