package alert

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// burning is a ledger of which a part of 6,000 licence requests an hour fails,
// with a rule over it. Both live on through a restart.
type burning struct {
	t      *testing.T
	cat    *codes.Catalogue
	rule   RuleConfig
	ledger *metrics.Ledger
	engine *Engine
	now    time.Time
	said   []string // transitions, with the hours from noon
}

func newBurning(t *testing.T, windows string) *burning {
	cat := catalogue(t)
	r := kindRule("Budget", Match{}, When{BurnRate: &BurnRate{Objective: 0.99, Windows: windows}})
	return &burning{t: t, cat: cat, rule: r, ledger: metrics.New(metrics.Default(), cat, []string{"proxy"}), engine: newEngine(t, cat, r), now: noon}
}

// goOn lets time pass in which so many of 100 licences a minute fail with the
// code; those of a minute are committed at its end.
func (b *burning) goOn(d time.Duration, failed, code int) {
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(time.Minute)
		at := b.now.Add(-30 * time.Second).UnixNano()
		res := parser.Result{Lines: 100, Records: 100}
		for i := range 100 {
			q := parser.Request{Time: at, DRM: codes.Widevine, Outcome: parser.Granted}
			if i < failed {
				q.Outcome = parser.Failed
				res.Events = append(res.Events, parser.Event{Time: at, DRM: codes.Widevine, Code: code, Index: b.cat.Index(codes.Widevine, code)})
			}
			res.Requests = append(res.Requests, q)
		}
		b.ledger.Commit("proxy", b.now, &res, tailer.Position{})
		b.evaluate()
	}
}

func (b *burning) evaluate() {
	for _, c := range b.engine.Evaluate(b.now, Ledger{Snapshot: b.ledger.Snapshot(b.now)}) {
		_, because, _ := strings.Cut(c.Sentence, "burns ")
		b.said = append(b.said, b.now.Sub(noon).String()+" "+c.To.String()+" "+because)
	}
}

func (b *burning) want(said ...string) {
	b.t.Helper()
	if !slices.Equal(b.said, said) {
		b.t.Errorf("got\n%s\nwant\n%s", strings.Join(b.said, "\n"), strings.Join(said, "\n"))
	}
}

// One rate of failure for each pair of windows, after three quiet days: each is
// found by its own pair, as soon as the budget of its long window is used up.
func TestBurnRatePairs(t *testing.T) {
	for _, tt := range []struct {
		name, windows string
		failed        int
		lasts         time.Duration
		want          []string
	}{
		{"all fail", "page", 100, time.Hour, []string{
			"72h9m0s firing the budget of 1 % at 15.0 times over 1h and 100.0 over 5m, fires at 14.4",
			"73h29m0s inactive the budget of 1 % at 16.7 times over 6h and 6.7 over 30m, fires at 6"}}, // the last that held
		{"one in ten", "page", 10, 6 * time.Hour, []string{
			"75h36m0s firing the budget of 1 % at 6.0 times over 6h and 10.0 over 30m, fires at 6"}},
		{"one in twenty", "ticket", 5, 18 * time.Hour, []string{
			"86h24m0s firing the budget of 1 % at 3.0 times over 1d and 5.0 over 2h, fires at 3"}},
		{"two in a hundred", "ticket", 2, 40 * time.Hour, []string{
			"108h0m0s firing the budget of 1 % at 1.0 times over 3d and 2.0 over 6h, fires at 1"}},
		{"what the objective allows", "default", 1, 60 * time.Hour, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBurning(t, tt.windows)
			b.goOn(72*time.Hour, 0, 6007)
			b.goOn(tt.lasts, tt.failed, 6007)
			if tt.failed == 100 {
				b.goOn(time.Hour, 0, 6007)
			}
			b.want(tt.want...)
		})
	}
}

// Refusals that are the product working use up no budget.
func TestBurnRateCountsFaultsOnly(t *testing.T) {
	b := newBurning(t, "")
	b.goOn(3*time.Hour, 50, 4025)
	b.want()
}

// A restart and a reload in the middle change nothing: not by a minute.
func TestBurnRateOutlivesRestartAndReload(t *testing.T) {
	b := newBurning(t, "page")
	b.goOn(24*time.Hour, 0, 6007)
	for range 24 {
		b.goOn(10*time.Minute, 10, 6007)
		b.engine = restart(t, b.engine, b.cat, b.rule)
		if err := b.engine.Reload([]RuleConfig{b.rule}, b.cat, Settings{}); err != nil {
			t.Fatal(err)
		}
	}
	b.want("27h36m0s firing the budget of 1 % at 6.0 times over 6h and 10.0 over 30m, fires at 6")
}

// While the daemon is down nothing is known, which is neither failure nor
// request; the state stays within its bound.
func TestBurnRateHistoryIsBounded(t *testing.T) {
	b := newBurning(t, "")
	b.goOn(80*time.Hour, 0, 6007)
	b.now = b.now.Add(200 * time.Hour)
	b.goOn(80*time.Hour, 0, 6007)
	state := b.engine.State().Learnt[0].State
	if len(state) > 4<<10 {
		t.Errorf("%d bytes of state", len(state))
	}
	h := b.engine.set.instances[0].condition.(*burnRate).history
	if got := h.sum(b.now.UnixNano()/int64(metrics.Step), 72*time.Hour, counting(b.engine.view(b))); got.failed != 0 || math.Abs(got.requests-72*6000) > 100 {
		t.Errorf("three days hold %+v, want 432,000 requests, a minute's more or less", got)
	}
	b.want()
}

// selection is what the only rule of the engine sees.
func (e *Engine) view(b *burning) selection {
	return selection{windows: newIndex(Ledger{Snapshot: b.ledger.Snapshot(b.now)}, map[entryKey]int{}), sel: &e.set.instances[0].rule.selector, now: b.now}
}

// In a quiet night one failure of a few requests is no outage, and what has
// just begun to be watched is not judged by days.
func TestBurnRateDoesNotCryWolf(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	l.asks(0, 120*min1, parser.Granted, 1)
	l.burst(100*min1, "proxy", 6007, 4)
	r := kindRule("Budget", Match{}, When{BurnRate: &BurnRate{Objective: 0.995}})
	if got := l.run(newEngine(t, cat, r), 120*min1); len(got) > 0 {
		t.Errorf("four failures: %v", got)
	}
	b := newBurning(t, "ticket")
	b.goOn(10*time.Minute, 0, 6007)
	b.goOn(2*time.Minute, 50, 6007)
	b.goOn(time.Hour, 0, 6007)
	b.want()
}
