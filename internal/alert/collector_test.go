package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"wvwatch/internal/series"
)

func TestCollector(t *testing.T) {
	cat := catalogue(t)
	pending := keyManager(5*min1, 0)
	pending.Name = "KeyManagerSlow"
	both := keyManager(0, 0)
	both.When.Spike = &Spike{Level: "page"}
	e := newEngine(t, cat, spikeRule("entitlement", "Spike", "ticket", "warning"), both, pending, spikeRule("token", "Spike", "ticket", "warning"))
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(e)

	check := func(entitlement, failing, slow, evaluations, evaluated string) {
		t.Helper()
		want := `
# HELP drm_alert_state State of the alert: 0 inactive, 1 pending, 2 firing.
# TYPE drm_alert_state gauge
drm_alert_state{alert="EntitlementSpike",severity="warning"} ` + entitlement + `
drm_alert_state{alert="KeyManagerFailing",severity="critical"} ` + failing + `
drm_alert_state{alert="KeyManagerSlow",severity="critical"} ` + slow + `
drm_alert_state{alert="TokenSpike",severity="warning"} 0
# HELP drm_spike_tolerated_incidents Incidents in the window of a rule that are normal; 0 for unknown.
# TYPE drm_spike_tolerated_incidents gauge
drm_spike_tolerated_incidents{alert="KeyManagerFailing"} 0
# HELP wvwatch_alert_evaluations_total Evaluations of all alert rules.
# TYPE wvwatch_alert_evaluations_total counter
wvwatch_alert_evaluations_total ` + evaluations + `
# HELP wvwatch_alert_last_evaluation_timestamp_seconds When the rules were last evaluated; 0 for never.
# TYPE wvwatch_alert_last_evaluation_timestamp_seconds gauge
wvwatch_alert_last_evaluation_timestamp_seconds ` + evaluated + "\n"
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "drm_alert_state", "drm_spike_tolerated_incidents",
			"wvwatch_alert_evaluations_total", "wvwatch_alert_last_evaluation_timestamp_seconds"); err != nil {
			t.Error(err)
		}
	}
	check("0", "0", "0", "0", "0")
	l := &log{cat: cat, now: min1}
	l.burst(min1, "proxy", 6007, 6)
	l.run(e, min1)
	check("0", "2", "1", "1", "1.79543526e+09")
	e.mu.Lock()
	_, evidence, _ := e.set.summary()
	learnt := e.set.learnt()
	e.mu.Unlock()
	for _, s := range evidence {
		if (s.Rule == "KeyManagerFailing") != (s.Value > 0) || s.Value >= 12 {
			t.Errorf("evidence of %s: %v", s.Rule, s.Value)
		}
	}
	if len(learnt) != 3 || !slices.Equal(learnt[1].labels, []string{"KeyManagerFailing"}) || learnt[1].affected != 5 {
		t.Errorf("sums: %+v", learnt)
	}

	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// How alerts end is counted from zero on, and mutes show what they keep back.
func TestCollectorOfEndsAndMutes(t *testing.T) {
	cat := catalogue(t)
	e, err := New([]RuleConfig{keyManager(0, 0)}, cat, Options{Settings: Settings{Mutes: []MuteConfig{{Name: "always"}}}})
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(e)
	check := func(over, muted string) {
		t.Helper()
		want := `
# HELP wvwatch_alerts_ended_total Alerts that have fired and ended, by how they ended.
# TYPE wvwatch_alerts_ended_total counter
wvwatch_alerts_ended_total{alert="KeyManagerFailing",end="accepted"} 0
wvwatch_alerts_ended_total{alert="KeyManagerFailing",end="new level"} 0
wvwatch_alerts_ended_total{alert="KeyManagerFailing",end="over"} ` + over + `
wvwatch_alerts_ended_total{alert="KeyManagerFailing",end="rule gone"} 0
# HELP wvwatch_alerts_muted Firing alerts that a mute keeps from receivers.
# TYPE wvwatch_alerts_muted gauge
wvwatch_alerts_muted{mute="always"} ` + muted + `
# HELP wvwatch_mute_active Whether a mute is on at this time of the week.
# TYPE wvwatch_mute_active gauge
wvwatch_mute_active{mute="always"} 1
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "wvwatch_alerts_ended_total", "wvwatch_alerts_muted", "wvwatch_mute_active"); err != nil {
			t.Error(err)
		}
	}
	if n, err := testutil.GatherAndCount(reg, "wvwatch_alerts_ended_total"); err != nil || n != 0 {
		t.Errorf("%d series of ends before the rule had an alert, %v", n, err)
	}
	l := &log{cat: cat}
	l.burst(min1, "proxy", 6007, 6)
	l.run(e, min1)
	check("0", "1")
	l.run(e, 5*min1)
	check("1", "0")
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// The first end of an alert that was never seen to fire is exported as 0 first, as are
// the sums of a rule; a rule that has counted nothing has none.
func TestFirstSums(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0), spikeRule("entitlement", "Spike", "ticket", "warning"), spikeRule("token", "Spike", "ticket", "warning"))
	// scrape returns how the alerts of one rule ended, and what two others counted.
	scrape := func() string {
		values := map[string]string{}
		for _, f := range series.Families(e, series.All) {
			for _, m := range f.Metric {
				if f.GetType() == dto.MetricType_COUNTER && (len(m.Label) == 1 || len(m.Label) == 2 && m.Label[1].GetValue() == string(EndOver)) {
					values[f.GetName()+" "+m.Label[0].GetValue()] = fmt.Sprint(m.GetCounter().GetValue())
				}
			}
		}
		const affected = "drm_rule_affected_clients_total "
		return strings.Join([]string{values["wvwatch_alerts_ended_total KeyManagerFailing"], values[affected+"EntitlementSpike"], values[affected+"TokenSpike"]}, ",")
	}
	if got := scrape(); got != ",," {
		t.Errorf("before anything: %q", got)
	}
	l := &log{cat: cat}
	l.burst(min1, "proxy", 6007, 6)
	l.burst(min1, "proxy", 4025, 3)
	l.run(e, 5*min1)
	for i, want := range []string{"0,0,", "1,3,", "1,3,"} {
		if got := scrape(); got != want {
			t.Errorf("scrape %d: %q, want %q", i, got, want)
		}
	}
}
