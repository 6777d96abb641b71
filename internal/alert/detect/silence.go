package detect

import (
	"math"
	"slices"
)

// Silence detects that a source has written no line for longer than it ever
// does. Gaps are measured in lines that should have come, so that those of the
// night are no longer than those of the day.
type Silence struct {
	After    float64 `json:"-"` // seconds below which no gap is a silence; default 900
	Requests bool    `json:"-"` // the source carries licence requests: twice the gap is a page
	hearing
}

// hearing is what a checkpoint keeps.
type hearing struct {
	Day    daily            `json:"day"`
	Now    hourCount        `json:"now"`
	Gaps   [gapDays]float32 `json:"gaps"`             // the longest that ended on each day, by local day modulo the length
	Today  int64            `json:"today,omitempty"`  // local days since 1970
	Known  int64            `json:"known,omitempty"`  // complete days in which the daemon listened
	Missed float64          `json:"missed,omitempty"` // lines that should have come since the last
	Steps  int64            `json:"steps,omitempty"`  // since the last line
	Learnt int64            `json:"learnt,omitempty"` // steps in all
	Rate   float64          `json:"rate,omitempty"`   // lines of a step at this hour
	Last   int64            `json:"last,omitempty"`
}

const (
	gapDays      = 14
	leastMissed  = 10 // lines
	defaultAfter = 900
)

// gapKeep is what a day leaves of an hour: a half-life of four.
var gapKeep = math.Exp2(-1.0 / 4)

// Gap is the time since the last line.
type Gap struct {
	Level   Level
	Seconds float64 // since the last line
	Usual   float64 // seconds of the third longest gap of 14 days, or of fewer days the longest, at this hour's rate
}

// NewSilence returns a Silence that has heard nothing yet.
func NewSilence(after float64, requests bool) Silence {
	return Silence{After: after, Requests: requests}
}

// Step adds the lines that arrived in the step at, by the arrival clock. The
// local time is offset seconds east of UTC. A caller leaves out the steps in
// which the daemon was stopped or the source was catching up.
func (s *Silence) Step(at int64, offset int, lines float64) {
	if at <= s.Last || at <= 0 {
		return
	}
	s.Last = at
	local := at + int64(offset/StepSeconds)
	s.turn(local)
	mean := s.Day.mean(s.Now)
	s.Rate = s.Day.rate(int(local/hourSteps%24), mean)
	s.Learnt++
	s.Now.N += float32(lines)
	s.Now.Steps++
	if lines == 0 {
		s.Missed += s.Rate
		s.Steps++
		return
	}
	if s.Learnt >= hourSteps { // before that the rate is not known
		today := &s.Gaps[s.Today%gapDays]
		*today = max(*today, float32(s.Missed))
	}
	s.Missed, s.Steps = 0, 0
}

// turn closes the hour and the day that are over. An hour that ends in a silence
// is not learnt.
func (s *Silence) turn(local int64) {
	if hour := local / hourSteps; hour != s.Now.At {
		if s.Now.Steps > 0 && s.Gap().Level == None {
			s.Day.learn(int(s.Now.At%24), float64(s.Now.N), float64(s.Now.Steps), gapKeep)
		}
		s.Now = hourCount{At: hour}
	}
	if day := local / daySteps; day != s.Today {
		if s.Today > 0 {
			s.Known++
		}
		for old := max(s.Today+1, day-gapDays+1); old <= day; old++ {
			s.Gaps[old%gapDays] = 0
		}
		s.Today = day
	}
}

// usual is the longest gap that is no surprise, in lines.
func (s *Silence) usual() float64 {
	gaps := s.Gaps
	slices.Sort(gaps[:])
	if s.Known < gapDays {
		return float64(gaps[gapDays-1])
	}
	return float64(gaps[gapDays-3])
}

// Gap returns the present one.
func (s *Silence) Gap() Gap {
	usual := s.usual()
	g := Gap{Seconds: float64(s.Steps * StepSeconds), Usual: part(usual, s.Rate) * StepSeconds}
	most := max(2*usual, leastMissed)
	switch {
	case s.Learnt < daySteps || s.Missed <= most || g.Seconds < or(s.After, defaultAfter):
	case s.Requests && s.Missed > 2*most && g.Seconds >= 2*or(s.After, defaultAfter):
		g.Level = Page
	default:
		g.Level = Ticket
	}
	return g
}

// Sound reports whether the state can be counted with.
func (s *Silence) Sound() bool {
	for _, g := range s.Gaps {
		if !finite(float64(g)) || g < 0 {
			return false
		}
	}
	return s.Day.sound() && finite(s.Missed, s.Rate, float64(s.Now.N), float64(s.Now.Steps)) && s.Missed >= 0 && s.Rate >= 0 &&
		s.Now.At >= 0 && s.Now.N >= 0 && s.Now.Steps >= 0 && s.Today >= 0 && s.Known >= 0 && s.Steps >= 0 && s.Learnt >= 0 && s.Last >= 0
}
