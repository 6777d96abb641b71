package detect

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// lived are one of each type, some weeks old and in an alarm.
func lived() (Detector, Profile, Silence, Collapse) {
	t := newTraffic(service{seed: 9, rate: 2, planned: []trouble{
		{from: monday + 9*daySteps, to: monday + 10*daySteps, share: 0.5, in: []int{keyManager}},
		{from: monday + 9*daySteps, to: monday + 10*daySteps, traffic: -0.9},
	}})
	o := newOurs(counting{false, ByCorrelation}, nil)
	s, c := NewSilence(0, true), NewCollapse()
	for at := t.start; at < t.start+9*daySteps+200; at++ {
		tick := t.next(at)
		o.step(tick)
		n := tick.requests
		if at > t.start+9*daySteps {
			n = 0
		}
		s.Step(at, 7200, n)
		c.Step(at, 7200, tick.plays)
	}
	return o.detectors[keyManager], o.profile, s, c
}

func TestRestoredGoesOnAsBefore(t *testing.T) {
	d, p, s, c := lived()
	if d.Alarm().Level == None || s.Gap().Level == None || !c.Fall().Firing {
		t.Fatalf("no alarm to restore: %+v, %+v, %+v", d.Alarm(), s.Gap(), c.Fall())
	}
	d2, p2, s2, c2 := New(d.Settings), NewProfile(), NewSilence(0, true), NewCollapse()
	restore(t, d, &d2)
	restore(t, p, &p2)
	restore(t, s, &s2)
	restore(t, c, &c2)
	for i := range int64(3 * hourSteps) {
		at := d.Last + 1
		activity := []Activity{keyManager: {Refusals: float64(i % 2)}}
		p.Step(at, 7200, activity)
		p2.Step(at, 7200, activity)
		step := Step{At: at, X: float64(i % 3 / 2), X1: float64(i % 3 / 2), Expected: p.Expect(1 << keyManager), Identity: ByCorrelation}
		if a, b := p.Expect(1), p2.Expect(1); a != b {
			t.Fatalf("step %d: profiles expect %v and %v", i, a, b)
		}
		if a, b := d.Step(step), d2.Step(step); a != b || !reflect.DeepEqual(d, d2) {
			t.Fatalf("step %d: %v and %v", i, a, b)
		}
		s.Step(at, 7200, float64(i%2))
		s2.Step(at, 7200, float64(i%2))
		c.Step(at, 7200, float64(i%20))
		c2.Step(at, 7200, float64(i%20))
	}
	if s != s2 || c != c2 {
		t.Error("silence or collapse go on otherwise")
	}
}

func restore[T any, P interface {
	*T
	sounder
}](t *testing.T, from T, to P) {
	t.Helper()
	b, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := Restore(to, b); err != nil {
		t.Errorf("%v of %s", err, b)
	}
}

// A checkpoint contains nothing of a client.
func TestClientsAreNotSaved(t *testing.T) {
	d := New(Settings{Fault: true})
	d.Step(Step{At: monday, X: 2, X1: 2, Plays: 20, Clients: []uint64{0x123456789abcdef0, 77}})
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range d.Seen.hashes[:2] {
		if h == 0 || strings.Contains(string(b), fmt.Sprint(h)) {
			t.Errorf("hash %d in %s", h, b)
		}
	}
	if !strings.Contains(string(b), `"seen":{"n":2}`) {
		t.Errorf("how many they were is not in %s", b)
	}
}

func TestRestoreRefusesWhatCannotBe(t *testing.T) {
	d, p, s, c := lived()
	for _, damage := range []struct{ old, new string }{
		{`"a":`, `"a":-1,"A":`}, {`"so":`, `"so":-1,"SO":`}, {`"level":2`, `"level":9`}, {`"sm":`, `"sm":0,"SM":`},
		{`"g":`, `"g":-3,"G":`}, {`"last":`, `"last":-1,"LAST":`}, {`{`, `[`},
	} {
		b, _ := json.Marshal(d)
		damaged := strings.Replace(string(b), damage.old, damage.new, 1)
		if damaged == string(b) && damage.old != `"level":2` {
			t.Fatalf("%s is not in %s", damage.old, b)
		}
		was := d
		// encoding/json uses the last of equal keys: put the damage there.
		damaged = strings.NewReplacer(`"A":`, `"aa":`, `"SO":`, `"xso":`, `"SM":`, `"xsm":`, `"G":`, `"xg":`, `"LAST":`, `"xlast":`).Replace(damaged)
		if err := Restore(&d, []byte(damaged)); damaged != string(b) && (err == nil || !reflect.DeepEqual(d, was)) {
			t.Errorf("%s: restored, error %v", damage.new, err)
		}
	}
	p.PerNow = math.Inf(1)
	s.Missed = -1
	c.Dispersion.Expected = 0
	if p.Sound() || s.Sound() || c.Sound() {
		t.Error("sound but cannot be")
	}
}

// A checkpoint may be damaged, or of another version: whatever is restored can
// be counted with.
func FuzzRestore(f *testing.F) {
	d, p, s, c := New(Settings{}), NewProfile(), NewSilence(0, true), NewCollapse()
	for i := range int64(2 * hourSteps) {
		d.Step(Step{At: monday + i, X: float64(i % 2), X1: float64(i % 2), Plays: 20})
		p.Step(monday+i, 3600, []Activity{{Refusals: float64(i % 2)}})
		s.Step(monday+i, 3600, float64(i%2))
		c.Step(monday+i, 3600, 20)
	}
	for _, v := range []any{d, p, s, c, struct{}{}} {
		b, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, state string) {
		d, p, s, c, g := New(Settings{}), NewProfile(), NewSilence(0, true), NewCollapse(), NewGateway(Settings{})
		for _, err := range []error{Restore(&d, []byte(state)), Restore(&p, []byte(state)), Restore(&s, []byte(state)), Restore(&c, []byte(state)), Restore(&g, []byte(state))} {
			_ = err // refused or not: it goes on
		}
		for i := range int64(100) {
			at := max(monday, d.Last, p.Last, s.Last, c.Last) + 1 + i
			if at < 0 || at > 1<<40 {
				return
			}
			p.Step(at, 3600, []Activity{{Refusals: float64(i % 7)}})
			d.Step(Step{At: at, X: float64(i % 7), X1: float64(i % 5), Plays: float64(i % 9), Expected: p.Expect(1), Clients: []uint64{uint64(i)}})
			g.Step(Step{At: at, X: float64(i % 7), X1: float64(i % 5), Plays: float64(i % 9), Clients: []uint64{uint64(i)}})
			s.Step(at, 3600, float64(i%2))
			c.Step(at, 3600, float64(i%9))
		}
		for _, v := range []any{d, p, s, c, g} {
			if _, err := json.Marshal(v); err != nil {
				t.Errorf("%T: %v", v, err)
			}
		}
		if e := d.Evidence(); math.IsNaN(e) || e > 2*d.Threshold() {
			t.Errorf("evidence %v", e)
		}
	})
}

func TestStateIsSmall(t *testing.T) {
	stream := unsafe.Sizeof(Detector{})
	// A log has refusals only, or requests whose number is judged.
	source := max(unsafe.Sizeof(Profile{}), unsafe.Sizeof(Collapse{})) + unsafe.Sizeof(Silence{})
	if stream > 1200 || source > 2500 {
		t.Errorf("%d bytes a stream, %d a source", stream, source)
	}
	d, p, s, c := New(Settings{}), NewProfile(), NewSilence(0, true), NewCollapse()
	if n := testing.AllocsPerRun(100, func() {
		d.Step(Step{At: d.Last + monday, X: 1, X1: 1, Plays: 20, Expected: p.Expect(1)})
		p.Step(p.Last+monday, 0, nil)
		s.Step(s.Last+monday, 0, 1)
		c.Step(c.Last+monday, 0, 20)
	}); n > 0 {
		t.Errorf("%.0f allocations a step", n)
	}
}

// BenchmarkStep measures a step of a stream that is calm, and of one in alarm.
func BenchmarkStep(b *testing.B) {
	for _, x := range []float64{0, 3} {
		b.Run(fmt.Sprintf("x=%v", x), func(b *testing.B) {
			d := New(Settings{Fault: true})
			s := Step{At: monday, X: x, X1: x, Plays: 20, Clients: make([]uint64, int(x)), Codes: []Count{{6007, float32(x)}}}
			b.ReportAllocs()
			for b.Loop() {
				s.At++
				for i := range s.Clients {
					s.Clients[i] = uint64(s.At)<<8 + uint64(i)
				}
				d.Step(s)
			}
		})
	}
	b.Run("profile", func(b *testing.B) {
		p := NewProfile()
		list := make([]Activity, categories)
		b.ReportAllocs()
		for at := int64(monday); b.Loop(); at++ {
			p.Step(at, 7200, list)
			_ = p.Expect(1)
		}
	})
}
