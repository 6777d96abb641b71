package replay

import (
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v3"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/race"
	"wvwatch/internal/tailer"
)

// For the same log, a replay and a real Prometheus with the generated rules
// have the same alerts firing at every evaluation, but for one interval around
// each change. Prometheus runs within promtool, on what scrapes of a daemon
// would have shown.
func TestParityWithPrometheus(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for ten seconds")
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool: apt-get install prometheus")
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			if s.slow && race.Enabled {
				t.Skip("takes minutes under the race detector: make test does it without")
			}
			t.Parallel()
			dir := t.TempDir()
			w := &parityLog{pace: time.Second}
			if s.slow {
				w.pace = 5 * time.Second
			}
			s.log(w)
			file := write(t, dir, "access.log", w.text(s.lasts))
			cfg := metrics.Default()
			if s.byTenant {
				cfg.Labels = []string{"tenant"}
			}
			if err := alert.Validate(s.rules, cat, []string{"proxy"}); err != nil {
				t.Fatal(err)
			}
			rec, err := reading{source: "proxy", parser: parser.Config{Timezone: "UTC"}, cat: cat, every: 1, progress: io.Discard}.record(t.Context(), []string{file})
			if err != nil {
				t.Fatal(err)
			}
			p := &player{recording: rec, metrics: cfg, cat: cat}
			v := replaySteps(t, p, s)
			if !slices.Equal(v.fired, s.fires) {
				t.Fatalf("the replay fires %q, expected %q", v.fired, s.fires)
			}
			v.compare(t, promtool, dir, s, cat)
		})
	}
}

// replaySeen is what a replay shows at the end of every step.
type replaySeen struct {
	rules   []string
	fired   []string
	steps   int
	scrapes int
	firing  map[string][]bool     // by rule
	series  map[string][]*float64 // by name and labels; nil where a scrape did not show it
}

func replaySteps(t *testing.T, p *player, s scenario) *replaySeen {
	t.Helper()
	v := &replaySeen{firing: make(map[string][]bool), series: make(map[string][]*float64)}
	for _, r := range s.rules {
		v.rules = append(v.rules, r.Name)
	}
	var registry *prometheus.Registry
	var now time.Time
	scrape, _, _ := s.interval()
	err := p.play(t.Context(), s.rules, func(i instant) {
		if now = i.now; registry == nil {
			registry = prometheus.NewRegistry()
			stats := tailer.Stats{p.source: {}}
			registry.MustRegister(i.engine, metrics.NewCollector(i.ledger, metrics.CollectorOptions{
				Now: func() time.Time { return now },
				Scrape: func(now time.Time) metrics.Scrape {
					p := i.ledger.Publish(now)
					i.ledger.Shown(p)
					return metrics.Scrape{Snapshot: p.Snapshot, Files: stats}
				},
			}))
		}
		for _, c := range i.changes {
			if c.To == alert.Firing {
				v.fired = append(v.fired, c.Rule)
			}
		}
		now := make(map[string]bool)
		for _, s := range i.engine.States() {
			now[s.Rule] = now[s.Rule] || s.State == alert.Firing
		}
		for _, name := range v.rules {
			v.firing[name] = append(v.firing[name], now[name])
		}
		if v.steps++; time.Duration(v.steps)*metrics.Step%scrape == 0 {
			v.scrape(t, registry)
			v.scrapes++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *replaySeen) scrape(t *testing.T, r *prometheus.Registry) {
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !slices.Contains([]string{"drm_incidents_total", "drm_licence_requests_total", "wvwatch_lines_total", "wvwatch_catching_up", "drm_spike_evidence", "drm_spike_tolerated_incidents"}, f.GetName()) {
			continue
		}
		for _, m := range f.GetMetric() {
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue()
			key := seriesName(f.GetName(), m.GetLabel())
			for len(v.series[key]) < v.scrapes {
				v.series[key] = append(v.series[key], nil)
			}
			v.series[key] = append(v.series[key], &value)
		}
	}
}

func seriesName(name string, labels []*dto.LabelPair) string {
	pairs := []string{`instance="a:9477"`, `job="wvwatch"`}
	for _, l := range labels {
		pairs = append(pairs, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	return name + "{" + strings.Join(pairs, ",") + "}"
}

// compare has promtool judge the series, at every evaluation of Prometheus.
func (v *replaySeen) compare(t *testing.T, promtool, dir string, s scenario, cat *codes.Catalogue) {
	t.Helper()
	text, err := alert.RulesYAML(s.rules, cat, "")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "rules.yaml", string(text))
	type sample struct {
		Labels string  `yaml:"labels"`
		Value  float64 `yaml:"value"`
	}
	type exprTest struct {
		Expr    string   `yaml:"expr"`
		At      string   `yaml:"eval_time"`
		Samples []sample `yaml:"exp_samples"`
	}
	type series struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	}
	var inputs []series
	for _, name := range slices.Sorted(maps.Keys(v.series)) {
		values := "_" // the scrape at 0
		some := false
		for _, x := range v.series[name] {
			if x == nil {
				values += " _"
				continue
			}
			some = some || *x != 0
			values += fmt.Sprintf(" %g", *x)
		}
		if some || !strings.HasPrefix(name, "drm_") || strings.HasPrefix(name, "drm_spike") { // what stays 0 would only cost time
			inputs = append(inputs, series{name, values})
		}
	}
	scrape, interval, margin := s.interval()
	var tests []exprTest
	for i, rule := range v.rules {
		if s.rules[i].When.Spike != nil && s.rules[i].When.Spike.Level == "page" || s.rules[i].When.Gateway != nil {
			continue // Prometheus looks for lost plays in the sum of all daemons, over five minutes
		}
		for at := interval; at <= time.Duration(v.steps)*metrics.Step; at += interval {
			firing, certain := v.at(rule, at, margin)
			if !certain {
				continue
			}
			test := exprTest{Expr: fmt.Sprintf(`clamp_max(count(ALERTS{alertname=%q,alertstate="firing"}), 1)`, rule), At: at.String()}
			if firing {
				test.Samples = []sample{{"{}", 1}}
			}
			tests = append(tests, test)
		}
	}
	out, err := yaml.Marshal(map[string]any{
		"rule_files": []string{"rules.yaml"}, "evaluation_interval": interval.String(),
		"tests": []any{map[string]any{"interval": scrape.String(), "input_series": inputs, "promql_expr_test": tests}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, dir, "tests.yaml", string(out))
	if out, err := exec.Command(promtool, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("Prometheus disagrees with the replay, which fired %q: %v\n%.4000s", v.fired, err, out)
	}
}

// at returns whether a rule fires at a time, and whether that is certain: it is not
// within a margin of a change. A step's end is a multiple of the step.
func (v *replaySeen) at(rule string, at, margin time.Duration) (firing, certain bool) {
	state := func(at time.Duration) bool {
		step := int(at/metrics.Step) - 1
		return step >= 0 && v.firing[rule][min(step, v.steps-1)]
	}
	firing = state(at)
	for d := -margin; d <= margin; d += 5 * time.Second {
		if state(at+d) != firing {
			return firing, false
		}
	}
	return firing, true
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
