package alert

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/parser"
)

// spiky is a rule on key-manager codes with the detector.
func spiky(sensitivity, usual string) RuleConfig {
	return RuleConfig{
		Name: "KeyManagerSpike", Match: Match{Categories: []string{"key-manager"}},
		When: When{Spike: &Spike{Sensitivity: sensitivity, Usual: usual}}, Severity: "critical",
	}
}

// quiet adds one event every ten minutes up to an offset.
func (l *log) quiet(from, to time.Duration) {
	for at := from; at < to; at += 10 * min1 {
		l.burst(at, "proxy", 6007, 1)
	}
}

func TestSpikeExplainsItself(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	l.quiet(0, 120*min1)
	l.burst(121*min1, "proxy", 6007, 30)
	got := l.run(newEngine(t, cat, spiky("", "")), 150*min1)
	if len(got) != 2 || !strings.HasPrefix(got[0], "2h0m") || !strings.HasSuffix(got[0], "inactive>firing") {
		t.Fatalf("got %v", got)
	}
	l.now = 0
	e := newEngine(t, cat, spiky("", ""))
	l.run(e, 121*min1+20*time.Second)
	s := e.States()[0].Sentence
	const want = "since 14:00:00 UTC 23 Nov (80 s): 30 x 6007 key manager service is not reachable; usual 0.1, tolerated 0.3; evidence 19.9 (fires at 10)"
	if s != want {
		t.Errorf("%s\nwant:\n%s", s, want)
	}
}

func TestSpikeFromColdStart(t *testing.T) {
	cat := catalogue(t)
	incident := func() *log {
		l := &log{cat: cat, stepped: true}
		l.burst(5*min1, "proxy", 6007, 60)
		return l
	}
	if got := incident().run(newEngine(t, cat, spiky("page", "")), 20*min1); got != nil {
		t.Errorf("fires without a baseline: %v", got)
	}
	got := incident().run(newEngine(t, cat, spiky("page", "0.2/min")), 20*min1)
	if len(got) == 0 || got[0] != "4m20s KeyManagerSpike inactive>firing" {
		t.Errorf("with the operator's prior: %v", got)
	}
}

// The last hour of a backlog is history: an incident in it that is over raises
// nothing, one that goes on fires.
func TestSpikeReadsHistory(t *testing.T) {
	cat := catalogue(t)
	for _, tt := range []struct {
		name  string
		burst time.Duration
		want  bool
	}{{"over", 25 * min1, false}, {"going on", 59 * min1, true}} {
		l := &log{cat: cat, stepped: true, behind: []string{"proxy"}, now: 59*min1 + 30*time.Second}
		l.quiet(0, 59*min1)
		l.burst(tt.burst, "proxy", 6007, 120)
		e := newEngine(t, cat, spiky("page", "0.2/min"))
		if got := l.run(e, 60*min1); got != nil {
			t.Errorf("%s: a backlog raised %v", tt.name, got)
		}
		l.behind = nil
		if got := l.run(e, 60*min1+20*time.Second); (got != nil) != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// While one source reads a backlog the other is judged, and afterwards all is
// as if nothing had been behind.
func TestSpikeWhileOneSourceIsBehind(t *testing.T) {
	cat := catalogue(t)
	incident := func() *log {
		l := &log{cat: cat, stepped: true}
		l.quiet(0, 90*min1)
		l.burst(91*min1, "player", 6007, 40)
		l.burst(93*min1, "proxy", 6007, 10)
		return l
	}
	l, whole := incident(), newEngine(t, cat, spiky("page", ""))
	l.run(whole, 100*min1)
	l, e := incident(), newEngine(t, cat, spiky("page", ""))
	l.run(e, 89*min1)
	l.behind = []string{"proxy"}
	got := l.run(e, 95*min1)
	if len(got) != 1 || !strings.HasSuffix(got[0], "inactive>firing") {
		t.Errorf("hidden: %v", got)
	}
	l.behind = nil
	l.run(e, 100*min1)
	a, b := whole.memories()[0].State, e.memories()[0].State
	if string(a) != string(b) {
		t.Errorf("states differ:\n%s\n%s", a, b)
	}
}

func TestSpikeSurvivesRestart(t *testing.T) {
	cat := catalogue(t)
	incident := func() *log {
		l := &log{cat: cat, stepped: true}
		l.quiet(0, 90*min1)
		for m := range time.Duration(10) {
			l.burst((91+m)*min1, "proxy", 6007, 30)
		}
		return l
	}
	want := incident().run(newEngine(t, cat, spiky("page", "")), 150*min1)
	if len(want) != 2 {
		t.Fatalf("got %v", want)
	}
	for _, at := range []time.Duration{80 * min1, 90*min1 + 30*time.Second, 95 * min1} {
		l, e := incident(), newEngine(t, cat, spiky("page", ""))
		got := l.run(e, at)
		e = restart(t, e, cat, spiky("page", ""))
		l.now += 20 * time.Second
		l.behind = []string{"proxy"}
		got = append(got, l.run(e, l.now+10*time.Second)...)
		l.behind = nil
		got = append(got, l.run(e, 150*min1)...)
		if !slices.Equal(got, want) && !(len(got) == 2 && got[1] == want[1] && at == 90*min1+30*time.Second) {
			t.Errorf("restart at %s: %v, without %v", at, got, want)
		}
	}
	// Another match is another stream: nothing is taken over.
	l, e := incident(), newEngine(t, cat, spiky("page", ""))
	l.run(e, 80*min1)
	other := spiky("page", "")
	other.Match = Match{Categories: []string{"internal"}}
	if m := restart(t, e, cat, other).memories(); strings.Contains(string(m[0].State), `"learnt":1`) {
		t.Errorf("took over %s", m[0].State)
	}
}

// Each event is fed once, however late it arrives within ten minutes and
// however seldom the engine looks.
func TestTapeFeedsEachEventOnce(t *testing.T) {
	for _, every := range []int64{1, 2, 7, 45} {
		counts := map[int64]uint64{} // by step
		var tp tape
		tp.start(1000)
		fed, total := 0.0, uint64(0)
		last := int64(999)
		for cur := int64(1000); cur < 1500; cur++ {
			counts[cur] += uint64(cur % 3)
			total += uint64(cur % 3)
			if cur%11 == 0 && cur > 1060 { // late
				counts[cur-cur%12] += 2
				total += 2
			}
			if cur%every != 0 {
				continue
			}
			tp.read(cur+1, func(n int64) (x, e uint64) {
				for at := cur + 1; at > cur+1-n; at-- {
					x += counts[at]
				}
				return x, 0
			}, func(at int64, x, _ float64) {
				if at <= last {
					t.Fatalf("step %d after %d", at, last)
				}
				last = at
				fed += x
			})
		}
		left := uint64(0)
		for at := last + 1; at < 1500; at++ {
			left += counts[at]
		}
		if uint64(fed)+left != total {
			t.Errorf("every %d steps: fed %v and left %d of %d", every, fed, left, total)
		}
	}
}

// Requests as exposure: four times the requests bring four times the refusals.
func TestSpikeByRequests(t *testing.T) {
	cat := catalogue(t)
	for _, withRequests := range []bool{false, true} {
		l := &log{cat: cat, stepped: true}
		for m := range time.Duration(150) {
			n := 4
			if m >= 120 {
				n = 16
			}
			l.burst((m+1)*min1, "proxy", 6007, n)
			if withRequests {
				for s := range time.Duration(6) {
					l.requests = append(l.requests, request{m*min1 + s*10*time.Second, "proxy", parser.Refused, uint64(n) * 50})
				}
			}
		}
		got := l.run(newEngine(t, cat, spiky("", "")), 150*min1)
		if fired := len(got) > 0; fired == withRequests {
			t.Errorf("with requests %v: %v", withRequests, got)
		}
	}
}

func TestDetectorGapsAndNewNormal(t *testing.T) {
	d := newDetector(10, 0)
	at := int64(360_000)
	feed := func(steps int64, x func(int64) float64) {
		for range steps {
			at++
			d.step(at, x(at), stepSeconds)
		}
	}
	calm := func(at int64) float64 { return float64(at % 2) }
	feed(2*daySteps, calm)
	exposure := d.Baseline.Exposure
	at += daySteps // a gap
	feed(200, calm)
	if d.Baseline.Exposure < 0.95*exposure || d.Alarm.on() {
		t.Errorf("a gap was learnt: %+v", d.Baseline)
	}
	feed(relearn, func(int64) float64 { return 5 })
	if !d.Alarm.on() || d.learning(at) || math.Abs(d.Baseline.expect(10, 10, 0)-0.5) > 0.05 {
		t.Errorf("learns while firing: %+v", d.Alarm)
	}
	feed(2*daySteps, func(int64) float64 { return 5 })
	if d.Alarm.on() {
		t.Errorf("no new normal after days: usual %v a step", d.Baseline.expect(10, 10, 0))
	}
}

func TestDetectorStateIsJSON(t *testing.T) {
	d := newDetector(8, 0)
	s := newStream(scenarios()[3], 2, 5)
	for i := range int64(2000) {
		x, e := s.next(i, 0, 0)
		d.step(i+1, x, e)
	}
	b, err := json.Marshal(d.detectorState)
	if err != nil {
		t.Fatal(err)
	}
	again := detector{threshold: 8}
	if err := json.Unmarshal(b, &again.detectorState); err != nil || again != d {
		t.Errorf("%v\n%+v\n%+v", err, again, d)
	}
}

// A checkpoint may be damaged, or of another version.
func FuzzRecall(f *testing.F) {
	cat := catalogue(f)
	rules := []RuleConfig{spiky("page", "0.2/min"), kindRule("News", Match{}, When{FirstSeen: time.Hour}), kindRule("Silent", Match{}, When{Silent: min1}), kindRule("Budget", Match{}, When{BurnRate: &BurnRate{Objective: 0.99}})}
	e := newEngine(f, cat, rules...)
	l := &log{cat: cat, stepped: true}
	l.burst(5*min1, "proxy", 6007, 60)
	l.run(e, 10*min1)
	for i, m := range e.memories() {
		f.Add(i, string(m.State))
		f.Add(i, "{}")
	}
	f.Fuzz(func(t *testing.T, i int, state string) {
		e := newEngine(t, cat, rules...)
		memories := e.memories()
		m := memories[uint(i)%uint(len(memories))]
		m.State = json.RawMessage(state)
		if err := e.Restore(Saved{Learnt: []Learnt{m}}); err != nil {
			t.Fatal(err)
		}
		l := &log{cat: cat, stepped: true}
		l.burst(min1, "proxy", 6007, 10)
		l.run(e, 2*min1)
		for _, s := range e.States() {
			if math.IsNaN(s.Value) {
				t.Errorf("%s is %v after %s", s.Rule, s.Value, state)
			}
		}
		if _, err := json.Marshal(e.State()); err != nil {
			t.Error(err)
		}
	})
}

func FuzzSpikeSettings(f *testing.F) {
	for _, s := range []string{"page", "ticket", "12", "0.2/min", "3/h", "1e400/s", "-1", "NaN", "/", "0x1p-2/ d"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, sensitivity, usual string) {
		h, err := parseSensitivity(sensitivity)
		if err == nil && !(h >= 3 && h <= 100) {
			t.Errorf("sensitivity %q is %v", sensitivity, h)
		}
		u, err2 := parseUsual(usual)
		if err2 == nil && !(u >= 0 && u <= 1e6) {
			t.Errorf("usual %q is %v", usual, u)
		}
		if err == nil && err2 == nil {
			d := newDetector(h, u)
			for i := range int64(100) {
				d.step(i+1, float64(i%7), stepSeconds)
			}
			if e := d.evidence(); math.IsNaN(e) || e > 2*h {
				t.Errorf("evidence %v", e)
			}
		}
	})
}
