package detect

import "math"

// Collapse detects that players request less than half of the licences expected
// at the time of day. An alarm is always a page.
//
// What is expected is the smaller of what the hour of the day and the hour of
// the week hold, lowered to the level of the quietest quarter of three hours,
// and no more than in the last quarter: neither a match that is not played this
// week, nor the end of one, nor a morning that does not come is a fall.
type Collapse struct {
	Week       week              `json:"week"`
	Dispersion dispersion        `json:"d"`
	Block      fallBlock         `json:"block"`
	Quarters   [quarters]quarter `json:"quarters"` // the last complete ones, the newest first
	Quarter    quarter           `json:"quarter"`  // under way
	Score      fallScore         `json:"score,omitzero"`
	Falling    Fall              `json:"fall,omitzero"`
	Clear      fallClear         `json:"clear,omitzero"`
	Last       int64             `json:"last,omitempty"`
}

// Fall is the alarm of a Collapse.
type Fall struct {
	Firing   bool    `json:"firing,omitempty"`
	Onset    int64   `json:"onset,omitempty"`    // the step in which the fall began
	Fired    int64   `json:"fired,omitempty"`    // the step in which it was certain
	Evidence float64 `json:"evidence,omitempty"` // nats
	Most     float64 `json:"most,omitempty"`     // the most evidence that there was, nats
	Plays    float64 `json:"plays,omitempty"`    // since the onset
	Expected float64 `json:"expected,omitempty"` // since the onset
	Last     int64   `json:"-"`                  // the last step of the two sums
}

// Share is the part of the expected plays that is left.
func (f Fall) Share() float64 { return part(f.Plays, f.Expected) }

// fallScore is a Poisson CUSUM for half of the expected plays.
type fallScore struct {
	Evidence float64 `json:"s,omitempty"`
	Plays    float64 `json:"x,omitempty"`
	Expected float64 `json:"mu,omitempty"`
	Onset    int64   `json:"onset,omitempty"`
}

// fallClear is the evidence that an alarm is over, and what was counted while it grew.
type fallClear struct {
	G        float64 `json:"g,omitempty"`
	Since    int64   `json:"since,omitempty"`
	Plays    float64 `json:"x,omitempty"`
	Expected float64 `json:"mu,omitempty"`
}

// fallBlock counts five minutes, to learn how plays clump.
type fallBlock struct {
	At       int64   `json:"at,omitempty"`
	Plays    float64 `json:"x,omitempty"`
	Expected float64 `json:"mu,omitempty"`
}

const (
	fallNats      = 10
	fallRatio     = 0.5
	fallBack      = 0.75 // of the expected plays: the fall is over
	fallSteps     = 6    // the shortest fall: a proxy that restarts is away for less than a minute
	quarterSteps  = 90
	quarters      = 12
	leastQuarters = 4
	quarterPrior  = 20        // plays by which the level is drawn to the time of day
	levelWait     = hourSteps // for so long evidence keeps the level from following
	forgetSteps   = hourSteps // a longer gap makes the level unknown
)

// NewCollapse returns a Collapse that has learnt nothing.
func NewCollapse() Collapse { return Collapse{Dispersion: newDispersion(priorD)} }

// Step adds the plays of a step, of all outcomes, and returns whether the alarm
// ended in it. The local time is offset seconds east of UTC. A caller leaves out
// the steps in which the daemon was stopped or catching up. Nothing is learnt
// while an alarm is on.
func (c *Collapse) Step(at int64, offset int, plays float64) End {
	if at <= c.Last || at <= 0 {
		return NotEnded
	}
	if c.Last > 0 && at-c.Last > forgetSteps {
		c.Quarters, c.Quarter, c.Score = [quarters]quarter{}, quarter{}, fallScore{}
	}
	c.Last = at
	e := c.Week.expect(at, offset)
	table := min(e.byWeek, e.byDay)
	level, known := c.level()
	mu := table * level
	if c.Falling.Firing {
		return c.goOn(at, plays, mu)
	}
	mu = min(mu, c.Quarters[0].rate(table))
	c.Week.add(at, offset, plays, e)
	c.vary(at, plays, mu)
	if known {
		c.score(at, plays, mu, e.known)
	}
	c.follow(at, plays, table)
	return NotEnded
}

// level is that of the quietest quarter of the last three hours by what was
// expected, at most 1; unknown without an hour.
func (c *Collapse) level() (level float64, known bool) {
	level = 1
	for _, q := range c.Quarters {
		if q.Steps > 0 {
			level = min(level, (float64(q.Plays)+quarterPrior)/(float64(q.Expected)+quarterPrior))
		}
	}
	return level, c.Quarters[leastQuarters-1].Steps > 0
}

// score adds a step to the evidence, and starts the alarm where it suffices.
func (c *Collapse) score(at int64, plays, mu, known float64) {
	s := &c.Score
	if s.Evidence == 0 {
		s.Onset = at
	}
	s.Evidence += (plays*math.Log(fallRatio) + mu*(1-fallRatio)) / (c.Dispersion.value() + s.Expected/(known+1))
	if s.Evidence <= 0 {
		*s = fallScore{}
		return
	}
	s.Evidence = min(s.Evidence, 2*fallNats)
	s.Plays, s.Expected = s.Plays+plays, s.Expected+mu
	most := s.Plays + 2*math.Sqrt(c.Dispersion.value()*s.Plays) + 1 // of what is left, chance aside
	if s.Evidence > fallNats && most < fallRatio*s.Expected && at-s.Onset >= fallSteps-1 {
		c.Falling = Fall{Firing: true, Onset: s.Onset, Fired: at, Evidence: s.Evidence, Most: s.Evidence, Plays: s.Plays, Expected: s.Expected}
		c.Clear = fallClear{}
	}
}

// follow counts the step into its quarter. One in which there was evidence of
// a fall does not lower the level, unless that has lasted: what is no fall by
// then is how the day goes, all the more on the first day.
func (c *Collapse) follow(at int64, plays, table float64) {
	q := &c.Quarter
	*q = quarter{q.Plays + float32(plays), q.Expected + float32(table), q.Steps + 1}
	if q.Steps < quarterSteps {
		return
	}
	wait := int64(levelWait)
	if c.Week.Day.days() < 1 {
		wait = blockSteps
	}
	lasting := c.Score.Evidence > 0 && at-c.Score.Onset >= wait
	if lasting {
		c.Score = fallScore{}
	}
	if c.Score.Evidence == 0 {
		copy(c.Quarters[1:], c.Quarters[:quarters-1])
		c.Quarters[0] = *q
	}
	*q = quarter{}
}

// vary learns how plays clump.
func (c *Collapse) vary(at int64, plays, mu float64) {
	b := &c.Block
	if n := at / blockSteps; n != b.At {
		if b.At > 0 && c.Week.Day.days() >= 1 {
			c.Dispersion.learn(residue{b.At, b.Plays - b.Expected, b.Expected})
		}
		*b = fallBlock{At: n}
	}
	b.Plays, b.Expected = b.Plays+plays, b.Expected+mu
}

// goOn adds a step to the alarm and ends it where plays are back: three
// quarters of what is expected is likelier than a third more than were left.
func (c *Collapse) goOn(at int64, plays, mu float64) End {
	f := &c.Falling
	f.Plays, f.Expected = f.Plays+plays, f.Expected+mu
	f.Evidence = max(0, min(2*fallNats, f.Evidence+(plays*math.Log(fallRatio)+mu*(1-fallRatio))/c.Dispersion.value()))
	f.Most = max(f.Most, f.Evidence)
	left := min(max(f.Share()*4/3, 0.05), fallRatio)
	if c.Clear.G == 0 {
		c.Clear = fallClear{Since: at}
	}
	c.Clear.Plays, c.Clear.Expected = c.Clear.Plays+plays, c.Clear.Expected+mu
	gain := plays*math.Log(fallBack/left) - mu*(fallBack-left)
	c.Clear.G = min(2*fallNats, max(0, c.Clear.G+gain/c.Dispersion.value()))
	if c.Clear.G < clearNats || at-c.Clear.Since < clearSteps {
		return NotEnded
	}
	return c.end(Over)
}

// Accept ends the alarm, if one is on: what is left of the plays is normal. It
// returns Accepted, or NotEnded where no alarm is on.
func (c *Collapse) Accept() End {
	if !c.Falling.Firing {
		return NotEnded
	}
	share := float32(c.Falling.Share())
	for h := range c.Week.Day.N {
		c.Week.Day.N[h] *= share
	}
	for h := range c.Week.N {
		c.Week.N[h] *= share
		c.Week.Expected[h] *= share
	}
	return c.end(Accepted)
}

func (c *Collapse) end(why End) End {
	c.Falling, c.Score, c.Clear, c.Quarter = Fall{}, fallScore{}, fallClear{}, quarter{}
	c.Dispersion.Before, c.Block = residue{}, fallBlock{}
	return why
}

// Fall returns the alarm; Firing is false where none is on. What was counted since
// players seem to be back is not in its sums.
func (c *Collapse) Fall() Fall {
	f := c.Falling
	f.Last = c.Last
	if c.Clear.G > 0 {
		f.Last = c.Clear.Since - 1
		f.Plays, f.Expected = max(0, f.Plays-c.Clear.Plays), max(0, f.Expected-c.Clear.Expected)
	}
	return f
}

// Sound reports whether the state can be counted with.
func (c *Collapse) Sound() bool {
	for _, q := range c.Quarters {
		if !q.sound() {
			return false
		}
	}
	s, f, b := c.Score, c.Falling, c.Block
	return c.Quarter.sound() && c.Week.sound() && c.Dispersion.sound() && c.Last >= 0 &&
		finite(s.Evidence, s.Plays, s.Expected, f.Evidence, f.Most, f.Plays, f.Expected, c.Clear.G, c.Clear.Plays, c.Clear.Expected, b.Plays, b.Expected) &&
		s.Evidence >= 0 && s.Plays >= 0 && s.Expected >= 0 && s.Onset >= 0 && f.Evidence >= 0 && f.Plays >= 0 && f.Expected >= 0 &&
		f.Most >= 0 && f.Onset >= 0 && f.Fired >= f.Onset && c.Clear.G >= 0 && c.Clear.Since >= 0 && c.Clear.Plays >= 0 && c.Clear.Expected >= 0 && b.At >= 0 && b.Plays >= 0 && b.Expected >= 0
}
