package detect

import (
	"testing"
)

// stream feeds a detector with steps of 20 plays, the service of most tests:
// 2 plays a second.
type stream struct {
	*Detector
	at   int64
	next uint64 // client
	e    float64
}

func newStream(s Settings) *stream {
	d := New(s)
	return &stream{Detector: &d, at: monday, e: 20}
}

// feed counts x new clients in each of n steps.
func (s *stream) feed(n int, x float64) (end End) {
	for range n {
		s.at++
		step := Step{At: s.at, X: x, X1: x, Plays: max(s.e, x)}
		for range int(min(x, 8)) {
			s.next++
			step.Clients = append(step.Clients, s.next*0x9e3779b97f4a7c15)
		}
		if e := s.Step(step); e != NotEnded {
			end = e
		}
	}
	return end
}

// calm feeds days of a fault, or an expected code, in which one play of so many
// fails.
func (s *stream) calm(hours int, every int) {
	for i := range hours * hourSteps {
		x := 0.0
		if i%every == every-1 {
			x = 1
		}
		s.feed(1, x)
	}
}

func TestOneDeviceIsNoTicket(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(10*24, 3000)
	for range 30 * hourSteps / 60 { // counted again every ten minutes, tried every few seconds
		s.feed(59, 0)
		s.at++
		s.Step(Step{At: s.at, X: 1, X1: 1, Plays: 20, Clients: []uint64{42}})
		if s.Alarm().Level != None {
			t.Fatalf("a device alone raised %+v", s.Alarm())
		}
	}
	if s.Drift().Firing {
		t.Errorf("nor is it a slow change: %+v", s.Drift())
	}
	// Nor do others that fail as ever make it one.
	s.calm(12, 3000)
	if s.Alarm().Level != None {
		t.Errorf("a device and what is normal raised %+v", s.Alarm())
	}
	s.feed(1, 5)
	if s.Alarm().Level == None {
		t.Error("five clients in a step raise nothing")
	}
}

func TestPageIsForLostPlays(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	s.feed(2, 3) // 6 of 40 plays: worth 3 s
	a := s.Alarm()
	if a.Level != Ticket || a.Fired != s.at || a.Onset != s.at-1 {
		t.Errorf("a deploy: %+v", a)
	}
	if end := s.feed(30, 0); end != Over || s.Alarm().Level != None {
		t.Errorf("five minutes later: %v, %+v", end, s.Alarm())
	}
	s.feed(1, 20)
	if s.Alarm().Level != Ticket {
		t.Errorf("ten seconds of a total outage, of which one play in a hundred is normal: %+v", s.Alarm())
	}
	s.feed(1, 20)
	if s.Alarm().Level != Page || s.Alarm().Paged != s.at {
		t.Errorf("twenty seconds of a total outage: %+v", s.Alarm())
	}
	s.feed(2, 20)
	if a = s.Alarm(); a.X != 80 || a.X1 != 80 || a.Share() != 1 || a.Lost < 39 || a.Lost > 41 || a.NormalShare() > 0.001 {
		t.Errorf("forty seconds: %+v", a)
	}
	// The level does not fall while the alarm is on.
	s.feed(5, 1)
	if s.Alarm().Level != Page {
		t.Errorf("fell to %v", s.Alarm().Level)
	}
}

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings Settings
		warm     bool
		id       Identity
		x        float64
		want     Level
	}{
		{"five clients", Settings{Fault: true}, true, ByClient, 5, Ticket},
		{"five clients at the start", Settings{Fault: true}, false, ByClient, 5, None},
		{"all at the start", Settings{Fault: true}, false, ByClient, 20, Ticket},
		{"four clients", Settings{Fault: true}, true, ByClient, 4, None},
		{"eight clients asked for", Settings{Fault: true, MinClients: 8}, true, ByClient, 7, None},
		{"three clients asked for", Settings{Fault: true, MinClients: 3, Evidence: 3}, true, ByClient, 3, Ticket},
		{"sixty nats", Settings{Fault: true, Evidence: 60}, true, ByClient, 20, None},
		{"a page after 2 s", Settings{Fault: true, PageAfter: 2}, true, ByClient, 8, Page},
		{"a page after a minute", Settings{Fault: true, PageAfter: 60}, true, ByClient, 20, Ticket},
		{"seven incidents", Settings{Fault: true}, true, ByCorrelation, 7, None},
		{"eight incidents", Settings{Fault: true}, true, ByCorrelation, 8, Ticket},
		{"eight occurrences", Settings{Fault: true}, true, ByNothing, 8, Ticket},
		{"the operator's prior", Settings{Fault: true, Usual: 3}, false, ByClient, 20, None},
		{"expected codes at the start", Settings{}, false, ByClient, 20, None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			warm := newStream(tt.settings)
			if tt.warm {
				warm.calm(48, 3000)
			}
			d := *warm.Detector
			s := Step{At: warm.at + 1, X: tt.x, X1: tt.x, Plays: 20, Identity: tt.id}
			for i := range int(min(tt.x, 8)) {
				s.Clients = append(s.Clients, uint64(i+1000)*0x9e3779b97f4a7c15)
			}
			d.Step(s)
			if got := d.Alarm().Level; got != tt.want {
				t.Errorf("%v with %+v", got, d.state.Scores)
			}
		})
	}
}

func TestFaultIsNeverLearntWhileFiring(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	_, learnt := s.Normal()
	if end := s.feed(48*hourSteps, 1); end != NotEnded { // 5 % of plays for two days
		t.Fatalf("ended: %v", end)
	}
	a := s.Alarm()
	if a.Level != Page || a.Share() < 0.049 || a.Share() > 0.051 {
		t.Errorf("after two days: %+v", a)
	}
	if _, now := s.Normal(); now > learnt {
		t.Errorf("learnt %v of the alarm, was %v", now, learnt)
	}
	if end := s.feed(120, 0); end != Over {
		t.Errorf("twenty minutes after the end: %v", end)
	}
}

// What a service always had goes quiet by itself, an outage it was born in does
// not.
func TestFirstDayOfAFault(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(24, 11) // 0.45 % of plays
	if s.Alarm().Level != None {
		t.Errorf("after a day: %+v", s.Alarm())
	}
	if end := s.feed(24*hourSteps, 0); end != NotEnded || s.Alarm().Level != None {
		t.Errorf("rang on the second day")
	}
	outage := newStream(Settings{Fault: true})
	outage.feed(3, 10)
	if outage.Alarm().Level != Page {
		t.Errorf("half a minute of an outage: %+v", outage.Alarm())
	}
	if end := outage.feed(30*hourSteps, 10); end != NotEnded {
		t.Errorf("an outage from the first step on ended: %v", end)
	}
}

func TestNewLevel(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings Settings
		want     End
	}{{"expected", Settings{}, NewLevel}, {"never", Settings{Never: true}, NotEnded}, {"fault", Settings{Fault: true}, NotEnded}} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStream(tt.settings)
			s.calm(48, 10)
			hours := 0
			end := NotEnded
			for ; hours < 12 && end == NotEnded; hours++ {
				end = s.feed(hourSteps, 1)
			}
			if end != tt.want || end == NewLevel && (hours < 6 || hours > 8) {
				t.Fatalf("%v after %d h", end, hours)
			}
			if tt.want != NewLevel {
				return
			}
			if normal, _ := s.Normal(); normal < 0.9 || normal > 1.1 {
				t.Errorf("the new normal is %v a step", normal)
			}
			if s.feed(24*hourSteps, 1); s.Alarm().Level != None {
				t.Errorf("the new level fires: %+v", s.Alarm())
			}
			if s.feed(hourSteps, 4); s.Alarm().Level == None {
				t.Error("four times the new level does not")
			}
		})
	}
}

func TestAccept(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	if s.Accept() != NotEnded {
		t.Error("accepts where nothing is on")
	}
	s.feed(hourSteps, 1) // 5 %: five times what a fault may ever be
	if end := s.Accept(); end != Accepted || s.Alarm().Level != None {
		t.Fatalf("%v, %+v", end, s.Alarm())
	}
	if s.feed(48*hourSteps, 1); s.Alarm().Level != None {
		t.Errorf("what was accepted fires: %+v", s.Alarm())
	}
	if s.feed(hourSteps/2, 4); s.Alarm().Level == None {
		t.Error("four times as much does not")
	}
	// What was accepted is over: after that it is no normal.
	s.feed(hourSteps, 0)
	s.feed(40*24*hourSteps, 0)
	if s.feed(hourSteps/2, 1); s.Alarm().Level == None {
		t.Error("is accepted for ever")
	}
}

func TestStepsWithoutPlaysMoveNothing(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	s.feed(3, 20)
	before := s.Alarm()
	s.e = 0
	if end := s.feed(3*hourSteps, 0); end != NotEnded || s.Alarm() != before {
		t.Errorf("hours without traffic: %v\n%+v\n%+v", end, before, s.Alarm())
	}
	s.e = 20
	if end := s.feed(30, 0); end != Over {
		t.Errorf("traffic is back: %v", end)
	}
}

func TestGapsAndOldSteps(t *testing.T) {
	s := newStream(Settings{})
	s.calm(48, 10)
	known, normal := s.Known(), s.Rate.Exposure
	s.at += daySteps
	s.feed(120, 0)
	if s.Known() < 0.95*known || s.Rate.Exposure < 0.95*normal {
		t.Errorf("a gap was learnt: %v of %v", s.Known(), known)
	}
	d := *s.Detector
	for _, at := range []int64{s.at, s.at - 1, 0, -1} {
		if s.Step(Step{At: at, X: 100, X1: 100, Plays: 100}); *s.Detector != d {
			t.Errorf("step %d after %d moved something", at, s.at)
		}
	}
}

func TestCopyIsItsOwn(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	branch := *s.Detector
	s.feed(3, 20)
	if s.Alarm().Level != Page || branch.Alarm().Level != None || branch.Evidence() != 0 {
		t.Errorf("%+v and its copy %+v", s.Alarm(), branch.Alarm())
	}
}

func TestExposureChanges(t *testing.T) {
	d := New(Settings{})
	at := int64(monday)
	refusals := func(steps int) {
		for range steps {
			at++
			d.Step(Step{At: at, X: 1, X1: 1, Expected: Expected{Refusals: 3, Activity: 20}})
		}
	}
	plays := func(steps int) {
		for range steps {
			at++
			d.Step(Step{At: at, X: 1, X1: 1, Plays: 20, Expected: Expected{Refusals: 3, Activity: 20}})
		}
	}
	refusals(hourSteps)
	if d.PerPlay() || d.Known() == 0 {
		t.Fatalf("by plays %v, known %v", d.PerPlay(), d.Known())
	}
	plays(4)
	if !d.PerPlay() || d.Known() != 0 {
		t.Errorf("eighty plays: by plays %v, known %v", d.PerPlay(), d.Known())
	}
	plays(hourSteps)
	refusals(daySteps - 1)
	if !d.PerPlay() {
		t.Error("less than a day without plays")
	}
	refusals(2)
	if d.PerPlay() {
		t.Error("a day without plays")
	}
}

func TestCodesOfAnAlarm(t *testing.T) {
	d := New(Settings{Fault: true})
	at := int64(monday)
	for i := range uint64(20) {
		at++
		d.Step(Step{At: at, X: 2, X1: 2, Plays: 20, Clients: []uint64{(2*i + 1) << 20, (2*i + 2) << 20},
			Codes: []Count{{6007, 5}, {6008, 1}, {uint16(6100 + i), 0.1}}})
	}
	codes := d.Alarm().Codes
	if codes[0].Code != 6007 || codes[0].N != 100 || codes[1].Code != 6008 || codes[1].N != 20 {
		t.Errorf("%+v", codes)
	}
}

// The codes of an alarm are counted since its onset: evidence of a smaller rise before it
// is of another score.
func TestCodesSinceTheOnset(t *testing.T) {
	s := newStream(Settings{Fault: true})
	s.calm(48, 3000)
	client := uint64(1) << 32
	step := func(code uint16, n int) {
		s.at++
		clients := make([]uint64, n)
		for i := range clients {
			client += 1 << 20
			clients[i] = client
		}
		s.Step(Step{At: s.at, X: float64(n), X1: float64(n), Plays: 20, Clients: clients, Codes: []Count{{code, float32(n)}}})
	}
	step(6002, 1)
	for range 80 { // evidence of the smallest rise is left
		step(6002, 0)
	}
	if s.Evidence() == 0 {
		t.Fatal("no evidence before the rise")
	}
	began := s.at + 1
	for range 6 {
		step(6001, 16)
	}
	a := s.Alarm()
	if a.Level == None || a.Onset != began {
		t.Fatalf("alarm %+v, want one from step %d on", a, began)
	}
	for _, c := range a.Codes {
		if c.Code == 6002 && c.N > 0 || c.Code == 6001 && c.N != 96 {
			t.Errorf("%v of code %d", c.N, c.Code)
		}
	}
}

func TestToleratesOnlyWhatIsNormal(t *testing.T) {
	s := newStream(Settings{Fault: true})
	if _, known := s.Tolerates(6); !known {
		t.Error("the prior of a fault is a normal")
	}
	s.calm(48, 3000)
	before, _ := s.Tolerates(6)
	s.feed(30*hourSteps, 5)
	during, known := s.Tolerates(6)
	if !known || during > 1.2*before || during > 6*20*0.02+4 {
		t.Errorf("tolerates %v in an alarm, %v before", during, before)
	}
	if _, known := newStream(Settings{}).Tolerates(6); known {
		t.Error("nothing is known of expected codes at the start")
	}
}

func TestGateway(t *testing.T) {
	feed := func(normal, x float64, steps int) Alarm {
		g := NewGateway(Settings{})
		at, client := int64(monday), uint64(0)
		step := func(x float64) {
			at++
			client++
			s := Step{At: at, X: x, X1: x, Plays: 100}
			for i := range uint64(min(x, 8)) {
				s.Clients = append(s.Clients, (client*8+i)*0x9e3779b97f4a7c15)
			}
			g.Step(s)
		}
		for range 24 * hourSteps {
			step(normal)
		}
		for range steps {
			step(x)
		}
		return g.Alarm()
	}
	if a := feed(0, 80, 3); a.Level != Page || a.Share() < 0.7 {
		t.Errorf("80 %% without an answer for 30 s: %+v", a)
	}
	if a := feed(0, 4, hourSteps); a.Level != None {
		t.Errorf("4 %% without an answer: %+v", a)
	}
	if a := feed(0, 7, hourSteps); a.Level != Page {
		t.Errorf("7 %% without an answer for an hour: %+v", a)
	}
	if a := feed(1, 3.5, hourSteps); a.Level != None {
		t.Errorf("3.5 times the normal 1 %%: %+v", a)
	}
}
