package detect

import (
	"math"
	"testing"
)

// zone is that of a profile's log: half an hour off the hours of UTC.
const zone = 5*3600 + 1800

// weekOf feeds a profile hours of the local week: two refusals a step in the
// category 0 and one in 1, six times as many from eight to nine in the evening
// and four times in the hours next to it, and on Saturdays a third.
func weekOf(p *Profile, from int64, hours int) (at int64) {
	for at = from; at < from+int64(hours)*hourSteps; at++ {
		level := levelOf(at)
		p.Step(at, zone, []Activity{{Refusals: 2 * level}, {Refusals: level}})
	}
	return at
}

func levelOf(at int64) float64 {
	local := at + zone/StepSeconds
	level := 1.0
	switch local / hourSteps % 24 {
	case 20:
		level = 6
	case 19, 21:
		level = 4
	}
	if (local/daySteps+3)%7 == 5 {
		level /= 3
	}
	return level
}

// hours sums what is expected of each local hour of a week.
func hours(p *Profile, at int64, offset int, level func(local int64) float64) map[int64]float64 {
	sums := map[int64]float64{}
	for range 7 * daySteps {
		local := at + int64(offset/StepSeconds)
		sums[local/hourSteps] += p.Week.expect(at, offset).byWeek / hourSteps
		p.Step(at, offset, []Activity{{Refusals: 2 * level(local)}, {Refusals: level(local)}})
		at++
	}
	return sums
}

func TestProfileLearnsTheWeek(t *testing.T) {
	p := NewProfile()
	at := weekOf(&p, monday, 6*7*24)
	level := func(local int64) float64 { return levelOf(local - zone/StepSeconds) }
	first := (at + zone/StepSeconds) / hourSteps
	for hour, got := range hours(&p, at, zone, level) {
		if hour == first || hour == first+7*24 {
			continue // half an hour each
		}
		if want := 3 * level(hour*hourSteps); math.Abs(got-want) > 0.1*want+0.7 {
			t.Errorf("hour %d of day %d: expects %.2f, want %.0f", hour%24, (hour/24+3)%7, got, want)
		}
	}
}

func TestProfileFollowsTheOthers(t *testing.T) {
	p := NewProfile()
	at := weekOf(&p, monday, 15*24+5)
	calm := p.Expect(1 << 0)
	if math.Abs(calm.Refusals-3) > 0.5 {
		t.Fatalf("expects %.2f", calm.Refusals)
	}
	for range 5 * blockSteps { // three times as many of all, a match
		p.Step(at, zone, []Activity{{Refusals: 6}, {Refusals: 3}})
		at++
	}
	match := p.Expect(1 << 0)
	if match.Refusals < 2*calm.Refusals || match.Activity < 50 {
		t.Errorf("a match: %+v, calm %+v", match, calm)
	}
	// A category is not judged by itself, nor by one that alarms.
	for range 10 * blockSteps {
		p.Step(at, zone, []Activity{{Refusals: 2}, {Refusals: 30, Firing: true}, {Refusals: 0}})
		at++
	}
	if e := p.Expect(1 << 1); math.Abs(e.Refusals/p.PerNow-1) > 0.15 {
		t.Errorf("judged by itself: %+v", e)
	}
	if e := p.Expect(1 << 0); math.Abs(e.Refusals/p.PerNow-1) > 0.15 {
		t.Errorf("judged by what alarms: %+v", e)
	}
}

// What alarms is not learnt: a profile does not expect an outage.
func TestProfileDoesNotLearnAlarms(t *testing.T) {
	calm, outage := NewProfile(), NewProfile()
	at := weekOf(&calm, monday, 21*24)
	weekOf(&outage, monday, 21*24)
	for range 2 * daySteps {
		calm.Step(at, zone, []Activity{{Refusals: 2}, {Refusals: 1}})
		outage.Step(at, zone, []Activity{{Refusals: 200, Firing: true}, {Refusals: 1}})
		at++
	}
	if a, b := calm.Week.expect(at, zone).byWeek, outage.Week.expect(at, zone).byWeek; b > 1.1*a {
		t.Errorf("expects %.2f after an outage, else %.2f", b, a)
	}
}

// When the clock is set back an hour passes twice, and the evening stays where
// it was by the clock on the wall.
func TestProfileKeepsLocalHours(t *testing.T) {
	p := NewProfile()
	at := weekOf(&p, monday, 6*7*24)
	const winter = zone - 3600
	level := func(local int64) float64 { return levelOf(local - zone/StepSeconds) }
	for hour, got := range hours(&p, at, winter, level) {
		if want := 3 * level(hour*hourSteps); want == 18 && math.Abs(got-want) > 2.5 {
			t.Errorf("eight in the evening: expects %.2f, want %.0f", got, want)
		}
	}
}

func TestDriftFindsSlowChange(t *testing.T) {
	feed := func(d *Drift, at int64, days int, x, e float64) (next int64, on bool) {
		for range days * daySteps {
			at++
			d.Step(at, x, e, 1)
			on = on || d.Trend().Firing
		}
		return at, on
	}
	var d Drift
	at, on := feed(&d, monday, 20, 0.02, 2)
	if tr := d.Trend(); on || math.Abs(tr.Before()-0.01) > 0.001 || math.Abs(tr.Ratio()-1) > 0.05 {
		t.Errorf("calm: %+v, ratio %.2f", tr, tr.Ratio())
	}
	calm := d
	if _, on = feed(&d, at, 1, 0.036, 2); on {
		t.Errorf("1.8 times: %+v", d.Trend())
	}
	d = calm
	if at, on = feed(&d, at, 2, 0.05, 2); !on || d.Trend().Ratio() < 2 {
		t.Errorf("2.5 times: %+v", d.Trend())
	}
	if feed(&d, at, 2, 0.02, 2); d.Trend().Firing {
		t.Errorf("two days after: %+v", d.Trend())
	}
	var young Drift
	at, _ = feed(&young, monday, 6, 0.02, 2)
	if _, on = feed(&young, at, 1, 0.2, 2); on || young.Trend().Exposure0 != 0 {
		t.Errorf("judges by a week: %+v", young.Trend())
	}
	var rare Drift
	at, _ = feed(&rare, monday, 20, 0, 2)
	if _, on = feed(&rare, at, 1, 0.001, 2); on {
		t.Errorf("nine events where there were none: %+v", rare.Trend())
	}
}

func TestSilence(t *testing.T) {
	feed := func(s *Silence, at int64, steps int, every int64) int64 {
		for range steps {
			at++
			n := 0.0
			if every > 0 && at%every == 0 {
				n = 1
			}
			s.Step(at, 0, n)
		}
		return at
	}
	s := NewSilence(0, true)
	at := feed(&s, monday, daySteps-200, 6) // a line a minute
	if feed(&s, at, 190, 0); s.Gap().Level != None {
		t.Errorf("judges on the first day: %+v", s.Gap())
	}
	s = NewSilence(0, true)
	at = feed(&s, monday, 3*daySteps, 6)
	alive := s
	at = feed(&s, at, 89, 0)
	if s.Gap().Level != None {
		t.Errorf("before 15 min: %+v", s.Gap())
	}
	at = feed(&s, at, 2, 0)
	if g := s.Gap(); g.Level != Ticket || g.Seconds < 900 || g.Usual > 120 {
		t.Errorf("15 min: %+v", g)
	}
	at = feed(&s, at, 90, 0)
	if s.Gap().Level != Page {
		t.Errorf("half an hour: %+v", s.Gap())
	}
	if feed(&s, at, 6, 6); s.Gap().Level != None {
		t.Errorf("a line came: %+v", s.Gap())
	}
	noRequests := alive
	noRequests.Requests = false
	if feed(&noRequests, monday+3*daySteps, hourSteps, 0); noRequests.Gap().Level != Ticket {
		t.Errorf("pages without requests: %+v", noRequests.Gap())
	}
	later := alive
	later.After = 3600
	if feed(&later, monday+3*daySteps, 350, 0); later.Gap().Level != None {
		t.Errorf("before the hour that was asked for: %+v", later.Gap())
	}
	// The daemon was stopped for a day: that is no silence.
	if feed(&alive, monday+4*daySteps, 60, 0); alive.Gap().Level != None {
		t.Errorf("after a stop: %+v", alive.Gap())
	}
}

func TestCollapse(t *testing.T) {
	feed := func(c *Collapse, at int64, steps int, plays float64) (int64, End) {
		end := NotEnded
		for range steps {
			at++
			if e := c.Step(at, 0, plays); e != NotEnded {
				end = e
			}
		}
		return at, end
	}
	// Two hours of health suffice, half an hour does not.
	for _, minutes := range []int{30, 120} {
		c := NewCollapse()
		at, _ := feed(&c, monday, minutes*minute, 20)
		at, _ = feed(&c, at, 30, 2)
		if c.Fall().Firing != (minutes == 120) {
			t.Errorf("nine tenths gone after %d min: %+v", minutes, c.Fall())
		}
		if minutes == 120 {
			if f := c.Fall(); f.Share() > 0.2 || f.Fired-f.Onset > 12 {
				t.Errorf("found late: %+v", f)
			}
			if _, end := feed(&c, at, 30, 18); end != Over || c.Fall().Firing {
				t.Errorf("back: %v, %+v", end, c.Fall())
			}
		}
	}
	c := NewCollapse()
	at, _ := feed(&c, monday, 3*daySteps, 20)
	healthy := c
	if feed(&c, at, hourSteps, 12); c.Fall().Firing {
		t.Errorf("two fifths gone: %+v", c.Fall())
	}
	c = healthy
	at, _ = feed(&c, at, 6*hourSteps, 5)
	if !c.Fall().Firing {
		t.Error("three quarters gone for hours")
	}
	if c.Accept() != Accepted || c.Accept() != NotEnded {
		t.Error("can be accepted once")
	}
	if feed(&c, at, 6*hourSteps, 5); c.Fall().Firing {
		t.Errorf("what was accepted fires: %+v", c.Fall())
	}
	if feed(&healthy, at+daySteps, 89, 0); healthy.Fall().Firing {
		t.Errorf("after a stop nothing is known of the level: %+v", healthy.Fall())
	}
}

// An outage that begins in the quiet of the night is not over because the
// morning brings as much as the night had.
func TestCollapseLastsIntoTheMorning(t *testing.T) {
	level := func(at int64) float64 {
		if hour := at / hourSteps % 24; hour < 6 {
			return 4
		}
		return 20
	}
	c := NewCollapse()
	at := int64(monday)
	for ; at < monday+10*daySteps+2*hourSteps; at++ {
		c.Step(at, 0, level(at))
	}
	if c.Fall().Firing {
		t.Fatalf("mornings and evenings: %+v", c.Fall())
	}
	for ; at < monday+10*daySteps+12*hourSteps; at++ {
		end := c.Step(at, 0, float64(int(level(at)*float64(at%10)/45))) // a fifth, on average less
		if end != NotEnded {
			t.Fatalf("over at %d h", at/hourSteps%24)
		}
	}
	if !c.Fall().Firing {
		t.Error("not found")
	}
	for range 60 {
		c.Step(at, 0, level(at))
		at++
	}
	if c.Fall().Firing {
		t.Errorf("ten minutes after its end: %+v", c.Fall())
	}
}

// A restart is no collapse: some seconds without requests, then all of them at once.
func TestCollapseIsNoRestart(t *testing.T) {
	for _, steps := range []int{2, 4} {
		c := NewCollapse()
		at := int64(monday)
		feed := func(steps int, plays float64) {
			for range steps {
				at++
				c.Step(at, 0, plays)
				if f := c.Fall(); f.Firing {
					t.Errorf("a gap of %d s: fires %d s after its begin: %+v", steps*StepSeconds, (f.Fired-f.Onset)*StepSeconds, f)
					return
				}
			}
		}
		feed(3*hourSteps, 25)
		feed(steps, 0)
		feed(12, 100)
		feed(30, 25)
	}
}

// What players ask for once they are back is not in the sums of the fall, nor does it
// make the fall less certain than it was.
func TestCollapseCountsWhileItLasts(t *testing.T) {
	c := NewCollapse()
	at := int64(monday)
	var last Fall
	feed := func(steps int, plays float64) {
		for range steps {
			at++
			if c.Step(at, 0, plays); c.Fall().Firing {
				last = c.Fall()
			}
		}
	}
	feed(3*hourSteps, 25)
	feed(30, 5)
	feed(30, 100)
	if c.Fall().Firing || last.Plays != 150 || last.Share() > 0.21 || last.Last-last.Onset != 29 || last.Most < fallNats {
		t.Errorf("%+v, of 30 steps with 5 plays each where 25 are normal", last)
	}
}
