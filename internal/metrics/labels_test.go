package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// labelled returns what a source with labels reads: an event of each row, with
// the tenant as first word and the named labels as the others; "-" is unknown.
func labelled(names string, rows ...string) *parser.Result {
	r := &parser.Result{Lines: len(rows), Records: len(rows), Labels: strings.Fields(names)}
	for _, row := range rows {
		e := event(4025, t0)
		for i, v := range strings.Fields(row) {
			value := []byte(v)
			if v == "-" {
				value = nil
			}
			if i == 0 {
				e.Tenant = value
			} else {
				e.Labels = append(e.Labels, value)
			}
		}
		r.Events = append(r.Events, e)
	}
	return r
}

func TestLabelsFindTheirValuesByName(t *testing.T) {
	l := labelLedger(t, []string{"platform", "tenant", "app"}, 10, "a", "b", "c")
	l.Commit("a", t0, labelled("app platform colour", "acme 4.2 tvos red", "acme 4.2 tvos blue", "- - tvos -"), tailer.Position{})
	l.Commit("b", t0, labelled("platform", "acme ios"), tailer.Position{}) // knows no app
	l.Commit("c", t0, labelled("", "-"), tailer.Position{})                // knows none
	same(t, "totals", totals(l.Snapshot(t0)),
		"a widevine 4025 tvos|acme|4.2 2/2", "a widevine 4025 tvos|| 1/1", "b widevine 4025 ios|acme| 1/1", "c widevine 4025 1/1")

	each := func(by string) string {
		found := make(map[string]uint64)
		l.Snapshot(t0).Each(time.Minute, by, func(_ string, _ codes.Entry, value string, n, _ uint64) { found[value] += n })
		return fmt.Sprint(found)
	}
	for by, want := range map[string]string{
		"platform": "map[:1 ios:1 tvos:3]", "tenant": "map[:2 acme:3]", "app": "map[:3 4.2:2]", "colour": "map[:5]", "": "map[:5]",
	} {
		if got := each(by); got != want {
			t.Errorf("by %q: %s, want %s", by, got, want)
		}
	}
}

// A label that a source has only for the verdict, of a sample of its records, is none that
// counts are kept by, whatever other sources name it.
func TestUnaskedLabelsAreNotCountedBy(t *testing.T) {
	l := labelLedger(t, []string{"pod"}, 10, "a", "b")
	l.Commit("a", t0, labelled("pod", "- pod-1"), tailer.Position{})
	r := labelled("upstream pod", "- u1 pod-2")
	r.Unasked = 2
	l.Commit("b", t0, r, tailer.Position{})
	same(t, "totals", totals(l.Snapshot(t0)), "a widevine 4025 pod-1 1/1", "b widevine 4025 1/1")
}

func TestLabelsAreBoundedEachForItself(t *testing.T) {
	l := labelLedger(t, []string{"platform", "app"}, 4, "a")
	l.Commit("a", t0, labelled("platform app", "- tvos 1", "- ios 2", "- web 3", "- web 1", "- tvos 4", "- "+strings.Repeat("x", parser.MaxLabelValue+1)+" 1"), tailer.Position{})
	s := l.Snapshot(t0)
	same(t, "totals", totals(s), "a widevine 4025 ios|2 1/1", "a widevine 4025 other|1 2/2", "a widevine 4025 other|other 1/1",
		"a widevine 4025 tvos|1 1/1", "a widevine 4025 tvos|other 1/1")
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	overflow := []string{`wvwatch_label_overflow_total{label="app"} 2`, `wvwatch_label_overflow_total{label="code"} 0`, `wvwatch_label_overflow_total{label="platform"} 3`}
	same(t, "overflow", lines(t, c, "overflow"), overflow...)

	// A restart knows the values and goes on counting what does not fit.
	after := labelLedger(t, []string{"app", "platform"}, 4, "a")
	after.Restore(throughJSON(t, l.State()))
	after.Commit("a", t0, labelled("app platform", "- 2 ios", "- 3 ios"), tailer.Position{})
	same(t, "totals after a restart", totals(after.Snapshot(t0)), "a widevine 4025 1|other 2/2", "a widevine 4025 1|tvos 1/1", "a widevine 4025 2|ios 2/2",
		"a widevine 4025 other|ios 1/1", "a widevine 4025 other|other 1/1", "a widevine 4025 other|tvos 1/1")
	overflow[0] = `wvwatch_label_overflow_total{label="app"} 3`
	same(t, "overflow after a restart", lines(t, NewCollector(after, CollectorOptions{Now: clock(t0)}), "overflow"), overflow...)
}

// Values of several labels may be few, and their combinations still too many.
func TestCombinationsAreBounded(t *testing.T) {
	l := labelLedger(t, []string{"a", "b"}, 10_000, "a")
	var rows []string
	for i := range maxTuples + 100 {
		rows = append(rows, fmt.Sprintf("- a%d b%d", i/1000, i%1000))
	}
	l.Commit("a", t0, labelled("a b", rows...), tailer.Position{})
	l.Commit("a", t0, labelled("a b", rows[0], "- - b1"), tailer.Position{})
	s := l.Snapshot(t0)
	if n := len(l.layout.labels.values); n != maxTuples+1 {
		t.Errorf("%d combinations, want %d and one for what is over", n, maxTuples)
	}
	for i, n := range s.labelOverflow {
		if n != 102 { // maxTuples holds the one without values, too
			t.Errorf("overflow of label %d: %d, want 102", i, n)
		}
	}
	for line := range strings.Lines(totals(s)) {
		if text := strings.TrimSpace(line); strings.Contains(text, "other") && text != "a widevine 4025 other|other 102/102" || strings.Contains(text, "a0|b0") && !strings.HasSuffix(text, " 2/2") {
			t.Errorf("%s", text)
		}
	}
}

func TestLabelsOfReload(t *testing.T) {
	l := labelLedger(t, []string{"platform", "app"}, 10, "a")
	l.Commit("a", t0, labelled("platform app", "- tvos 1", "- tvos 2"), tailer.Position{})
	cfg := l.layout.config
	cfg.Labels = []string{"tenant", "platform"}
	l.Reconfigure(cfg, l.layout.cat, []string{"a"})
	// The parser of before still names its labels in its own order.
	l.Commit("a", t0, labelled("platform app", "acme tvos 2"), tailer.Position{})
	same(t, "totals", totals(l.Snapshot(t0)), "a widevine 4025 acme|tvos 1/1", "a widevine 4025 |tvos 2/2")
}

// Label pairs come in the order of their names, wherever a free label falls among
// the others, and with names and values that a registry and promlint accept.
func TestLabelsExposition(t *testing.T) {
	l := labelLedger(t, []string{"zone", "app", "tenant"}, 10, "a")
	l.Commit("a", t0, labelled("app zone", "acme \"4\\2\" eu\xff"), tailer.Position{})
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	const line = `drm_extras_total{app="\"4\\2\"",category="entitlement",code="4025",drm="widevine",severity="info",source="a",tenant="acme",zone="eu` + "\uFFFD" + `"} `
	same(t, "first scrape", lines(t, c, "drm_extras_total", "acme"), line+"0")
	same(t, "second scrape", lines(t, c, "drm_extras_total", "acme"), line+"1")
	same(t, "incidents", lines(t, c, "drm_incidents_total", "acme"), strings.Replace(line, "extras", "incidents", 1)+"1")
	problems, err := promlint.New(strings.NewReader(exposition(t, gather(t, c)))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}
