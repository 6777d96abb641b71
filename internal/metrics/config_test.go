package metrics

import (
	"strings"
	"testing"
	"time"
)

func TestConfigValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	const s, m = time.Second, time.Minute
	for _, tt := range []struct {
		name string
		c    Config
		want []string // nil for valid
	}{
		{"bounds", Config{Windows: []time.Duration{10 * s, time.Hour}, Labels: []string{"tenant"}, LabelLimit: 1_000}, nil},
		{"no windows", Config{LabelLimit: 1}, nil},
		{"many windows", Config{LabelLimit: 1, Windows: []time.Duration{
			10 * s, 20 * s, 30 * s, 40 * s, 50 * s, m, 2 * m, 3 * m, 4 * m, 5 * m, 6 * m,
		}}, []string{"windows: 11 of them: give at most 10, for example [1m, 5m, 15m], or none for no rates"}},
		{"all at once", Config{
			Windows: []time.Duration{15 * s, 2 * time.Hour, 5 * s, 5 * m, 5 * m, m}, Labels: []string{"tenant", "user_id", "tenant", "drm"}, LabelLimit: 0,
		}, []string{
			"windows[0]: 15s is not a multiple of 10s, the step in which windows are counted",
			"windows[1]: 2h0m0s is not between 10s and 1h",
			"windows[2]: 5s is not between 10s and 1h",
			"windows[4]: 5m is listed twice: remove one",
			"windows[5]: 1m is shorter than the one before: list them from short to long",
			`labels[1]: "user_id" names a person: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as tenant, country or plan`,
			`labels[2]: "tenant" is listed twice: remove one`,
			`labels[3]: "drm" is set by the daemon, by Prometheus or by an alert: choose another name`,
			"label_limit: 0 is not between 1 and 1000",
		}},
	} {
		err := tt.c.Validate()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want := strings.Join(tt.want, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", tt.name, got, want)
		}
	}
}
