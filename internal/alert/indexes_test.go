package alert

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// unversioned are windows of which no evaluation knows that they are those of the one
// before.
type unversioned struct{ Ledger }

func (u unversioned) Version() metrics.Version { return metrics.Version{} }

func (u unversioned) At(t time.Time) Windows { return unversioned{u.Ledger.At(t).(Ledger)} }

// What an evaluation takes over from the one before makes no difference: not while
// windows slide over a log that is idle, nor where sources lag, come late or
// are read again.
func TestKeptWindowsAreTheSame(t *testing.T) {
	cat := catalogue(t)
	cfg := metrics.Default()
	cfg.Labels, cfg.LabelLimit = []string{"tenant"}, 10
	rules := []RuleConfig{
		{Name: "Number", Match: Match{Categories: []string{"token"}}, When: When{PerMinute: 2, Over: time.Minute}, Severity: "warning"},
		{Name: "Tenant", Match: Match{Categories: []string{"token"}}, When: When{PerMinute: 1, Over: 2 * time.Minute}, Severity: "warning", By: []string{"tenant"}},
		{Name: "Source", Match: Match{Sources: []string{"player"}}, When: When{PerMinute: 1, Over: time.Minute}, Severity: "warning", By: []string{"tenant"}},
		{Name: "Unlisted", When: When{Unlisted: true, Over: time.Minute}, Severity: "warning", By: []string{"tenant"}},
		{Name: "First", When: When{FirstSeen: 5 * time.Minute, Over: time.Minute}, Severity: "info"},
		{Name: "Share", Match: Match{Categories: []string{"token"}}, When: When{ShareOfRequests: 0.3, MinRequests: 5, Over: time.Minute}, Severity: "warning"},
	}
	kept, fresh := newEngine(t, cat, rules...), newEngine(t, cat, rules...)
	ledger := metrics.New(cfg, cat, []string{"proxy", "player"})
	random := rand.New(rand.NewPCG(1, 2))
	list := []int{3001, 3002, 4025, 9100, 9101} // the last two are in no table
	changes := 0
	now := noon
	for range 3600 {
		now = now.Add(time.Second)
		if random.IntN(20) == 0 {
			r := parser.Result{Lines: 3, Requests: []parser.Request{{Time: now.UnixNano(), DRM: codes.Widevine}}}
			for range random.IntN(12) {
				at := now.Add(-time.Duration(random.IntN(40)) * time.Second)
				r.Events = append(r.Events, parser.Event{
					Time: at.UnixNano(), DRM: codes.Widevine, Code: list[random.IntN(len(list))], Tenant: fmt.Append(nil, "tenant", random.IntN(5)),
				})
			}
			ledger.Commit([]string{"proxy", "player"}[random.IntN(2)], now, &r, tailer.Position{})
		}
		if random.IntN(60) == 0 {
			ledger.Settle(now, nil, func(string) time.Duration { return time.Duration(random.IntN(60)) * time.Second })
		}
		w := Ledger{Snapshot: ledger.Snapshot(now)}
		if now.Minute()%10 == 3 {
			w.Behind = []string{"player"}
		}
		got, want := kept.Evaluate(now, w), fresh.Evaluate(now, unversioned{w})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: transitions\n%+v\nwant\n%+v", now, got, want)
		}
		if got, want := kept.States(), fresh.States(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: states\n%+v\nwant\n%+v", now, got, want)
		}
		changes += len(want)
	}
	if changes < 50 {
		t.Errorf("only %d transitions: the test shows little", changes)
	}
}

// While nothing is counted each window is read once in a step.
func TestIdleWindowsAreKept(t *testing.T) {
	l := &countedReads{}
	ledger := metrics.New(metrics.Default(), catalogue(t), []string{"proxy", "player"})
	ledger.Commit("proxy", noon, &parser.Result{Events: []parser.Event{{Time: noon.UnixNano(), DRM: codes.Widevine, Code: 6007}}}, tailer.Position{})
	e := newEngine(t, catalogue(t), keyManager(0, 0))
	for i := range 60 {
		now := noon.Add(time.Duration(i) * time.Second)
		l.Ledger = Ledger{Snapshot: ledger.Snapshot(now)}
		e.Evaluate(now, l)
	}
	// Six steps and a part, of which each evaluation reads the present one and the one before.
	if l.reads > 2*7 {
		t.Errorf("%d reads of a window in 60 idle evaluations", l.reads)
	}
}

// countedReads counts how often windows are read.
type countedReads struct {
	Ledger
	reads int
}

func (c *countedReads) At(t time.Time) Windows { return &earlierReads{c, c.Ledger.At(t)} }

func (c *countedReads) Each(over time.Duration, by string, f func(string, codes.Entry, string, uint64, uint64)) {
	c.reads++
	c.Ledger.Each(over, by, f)
}

type earlierReads struct {
	of *countedReads
	Windows
}

func (r *earlierReads) Each(over time.Duration, by string, f func(string, codes.Entry, string, uint64, uint64)) {
	r.of.reads++
	r.Windows.Each(over, by, f)
}
