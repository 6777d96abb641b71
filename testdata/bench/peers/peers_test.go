package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestRun races over small corpora: every contestant finds the truth, and every
// table has its rows. What the figures are, it does not ask.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the daemon and runs for some seconds")
	}
	var out, errs bytes.Buffer
	args := []string{"-lines", "2000", "-rounds", "1", "-window", "100ms", "-samples", "2", "-what", "race,idle,scrape,linear,shapes"}
	if err := run(t.Context(), args, &out, &errs); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	for _, kind := range kinds() {
		if !strings.Contains(out.String(), "| "+kind+", ") {
			t.Errorf("no race over %s", kind)
		}
	}
	for row, times := range map[string]int{
		"\n| " + wc: 4, "\n| " + analyzing: 4, "\n| " + two: 4, "\n| " + catchingUp: 4,
		" files followed |": 2, "GB in 1000 files": 1, "\n| " + scrapeTime: 1, "\n| " + checkpointTime: 1,
	} {
		if n := strings.Count(out.String(), row); n != times {
			t.Errorf("%d rows %q, want %d", n, row, times)
		}
	}
	for _, s := range shapes() {
		if n := strings.Count(out.String(), "\n| "+s.name+" | "); n != 1 {
			t.Errorf("%d rows of %s, want 1", n, s.name)
		}
	}
	if _, err := exec.LookPath("mtail"); err != nil && !strings.Contains(out.String(), "mtail is not installed") {
		t.Error("mtail is left out without a word")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestRunRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown figure "speed": some of race`: {"-what", "speed"},
		"must be positive":                     {"-lines", "0"},
		"takes no arguments":                   {"json"},
	} {
		var out, errs bytes.Buffer
		if err := run(t.Context(), args, &out, &errs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run(%v): error %v, want %q", args, err, want)
		}
	}
}

// TestCountsDiffer shows that a wrong count is found, wherever it is from.
func TestCountsDiffer(t *testing.T) {
	truth, err := readTruth([]byte("what\tdrm\tvalue\tcount\nlines\t-\t-\t9\ncode\tssm\t4006\t1\ncode\twidevine\t4006\t2\ncode\twidevine\t4025\t0\nrequest\twidevine\tgranted\t3\n"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := readReport([]byte(`{"lines":9,"requests":[{"drm":"widevine","outcome":"granted","count":3}],"extras":[{"drm":"ssm","code":4006,"occurrences":1},{"drm":"widevine","code":4006,"occurrences":2}]}`))
	if err != nil {
		t.Fatal(err)
	}
	const scrape = `wvwatch_lines_total{source="a"} 4
wvwatch_lines_total{source="b"} 5
drm_extras_total{code="4006",drm="ssm",source="a"} 1
drm_extras_total{code="4006",drm="widevine",source="a"} 2
drm_extras_total{code="4025",drm="widevine",source="a"} 0
drm_licence_requests_total{drm="widevine",outcome="granted",source="b"} 3
`
	for name, got := range map[string]counts{"report": report, "scrape": exposition(scrape).counts()} {
		if err := got.differs(truth); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got["code widevine 4006"]++
		if err := got.differs(truth); err == nil || !strings.Contains(err.Error(), `3 of "code widevine 4006", the truth is 2`) {
			t.Errorf("%s: one too many gives %v", name, err)
		}
		got["code widevine 4006"]--
		got["code widevine 1001"] = 1
		if got.differs(truth) == nil {
			t.Errorf("%s: a code that is not there is not found", name)
		}
	}
	if want := (counts{"code 4006": 3}); truth.codes().differs(want) != nil {
		t.Errorf("codes alone are %v, want %v", truth.codes(), want)
	}
	if got := truth.times(2); got["code widevine 4006"] != 4 || got.lines() != 18 {
		t.Errorf("twice the truth is %v", got)
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[time.Duration][]time.Duration{
		1: {1}, 2: {3, 1, 2}, 3: {9, 3, 1, 5},
	} {
		if got := median(values, same); got != want {
			t.Errorf("median of %d is %d, want %d", values, got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	less, more := budget{must: 10, aim: 3}, budget{must: 90, atLeast: true}
	for _, c := range []struct {
		budget budget
		value  float64
		want   string
	}{
		{less, 3, "aim"}, {less, 4, "must"}, {less, 10, "must"}, {less, 15, "**missed**, 1.50 x"},
		{more, 90, "must"}, {more, 45, "**missed**, 0.50 of it"},
	} {
		if got := c.budget.verdict(c.value); got != c.want {
			t.Errorf("%v of %+v: %q, want %q", c.value, c.budget, got, c.want)
		}
	}
}
