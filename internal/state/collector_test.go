package state

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
)

func TestCollector(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    Stats
		want string
	}{
		{"none yet", Stats{}, `
wvwatch_checkpoint_duration_seconds 0
wvwatch_checkpoint_failures_total 0
wvwatch_checkpoint_last_success_timestamp_seconds 0
wvwatch_checkpoint_loaded{generation="newest"} 0
wvwatch_checkpoint_loaded{generation="none"} 1
wvwatch_checkpoint_loaded{generation="previous"} 0
wvwatch_checkpoint_size_bytes 0
`},
		{"some", Stats{t0, 4096, 5 * time.Millisecond, 2, Previous}, `
wvwatch_checkpoint_duration_seconds 0.005
wvwatch_checkpoint_failures_total 2
wvwatch_checkpoint_last_success_timestamp_seconds 1.7954224e+09
wvwatch_checkpoint_loaded{generation="newest"} 0
wvwatch_checkpoint_loaded{generation="none"} 0
wvwatch_checkpoint_loaded{generation="previous"} 1
wvwatch_checkpoint_size_bytes 4096
`},
	} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(NewCollector(func() Stats { return tt.s }))
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
				t.Fatal(err)
			}
		}
		got := "\n"
		for line := range strings.Lines(text.String()) {
			if !strings.HasPrefix(line, "#") {
				got += line
			}
		}
		if got != tt.want {
			t.Errorf("%s:%swant:%s", tt.name, got, tt.want)
		}
		problems, err := promlint.New(&text).Lint()
		if err != nil || len(problems) > 0 {
			t.Errorf("promlint: %v, %v", problems, err)
		}
	}
}
