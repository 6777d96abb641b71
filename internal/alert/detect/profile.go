package detect

// Categories is how many categories of codes a Profile distinguishes. A caller
// gives each an index, the same after a restart; all that are too many share the
// last one.
const Categories = 24

// Profile expects refusals by the local hour of the day and of the week and by
// how many there are at present. One serves all streams of a source, or of a
// set of sources, with refusals only in the log.
type Profile struct {
	Week   week                 `json:"week"`
	Latest [Categories]activity `json:"activity"`
	PerNow float64              `json:"p"` // what the week expected of the last step
	Last   int64                `json:"last"`
	firing uint32               // categories with an alarm on, by bit
}

// activity is that of one category.
type activity struct {
	Refusals float32 `json:"z,omitempty"`  // of the last five minutes, decayed
	Expected float32 `json:"zp,omitempty"` // of them
	Share    float32 `json:"n,omitempty"`  // refusals by which the share of the category is known, decayed
}

// Activity is what one category counted in a step.
type Activity struct {
	Refusals float64 // each client once in ten minutes
	Firing   bool    // its alarm is on
}

const (
	activityKeep  = 1 - 1.0/blockSteps
	activityPrior = 5 // refusals by which the activity is drawn to what the week expects
	shareKeep     = 1 - 1.0/(14*daySteps)
	sharePrior    = 0.5
)

// NewProfile returns a profile that has learnt nothing.
func NewProfile() Profile { return Profile{} }

// Step adds the counts of all categories, by index, of the step at. The local
// time is offset seconds east of UTC. Of a category with an alarm on the profile
// learns at most what it expected.
func (p *Profile) Step(at int64, offset int, categories []Activity) {
	if at <= p.Last || at <= 0 {
		return
	}
	categories = categories[:min(len(categories), Categories)]
	p.fade(at - p.Last)
	p.Last, p.firing = at, 0
	e := p.Week.expect(at, offset)
	p.PerNow = e.byWeek
	all := sharePrior * float64(len(categories))
	for i := range categories {
		all += float64(p.Latest[i].Share)
	}
	learnt := 0.0
	for i, c := range categories {
		a := &p.Latest[i]
		expected := e.byWeek * (float64(a.Share) + sharePrior) / all
		a.Refusals += float32(c.Refusals)
		a.Expected += float32(expected)
		if c.Firing {
			p.firing |= 1 << i
			learnt += min(c.Refusals, expected)
			continue
		}
		learnt += c.Refusals
		a.Share = a.Share*shareKeep + float32(c.Refusals)
	}
	p.Week.add(at, offset, learnt, e)
}

// fade lets so many steps pass.
func (p *Profile) fade(steps int64) {
	if p.Last == 0 {
		return
	}
	keep := float32(1)
	for range min(steps, 10*blockSteps) {
		keep *= activityKeep
	}
	for i := range p.Latest {
		p.Latest[i].Refusals *= keep
		p.Latest[i].Expected *= keep
	}
}

// Expect returns what is expected in the last step fed, judged by all
// categories except those with their bit, 1<<index, set: those of the stream to
// judge. Of the others with an alarm on, the one most above its share is left
// out.
func (p *Profile) Expect(without uint32) Expected {
	if worst, ok := p.worst(without); ok {
		without |= 1 << worst
	}
	z, zp := 0.0, 0.0
	for i, a := range p.Latest {
		if without&(1<<i) == 0 {
			z, zp = z+float64(a.Refusals), zp+float64(a.Expected)
		}
	}
	return Expected{Refusals: p.PerNow * (activityPrior + z) / (activityPrior + zp), Activity: z}
}

// worst returns the category that is alarming and most above its share.
func (p *Profile) worst(without uint32) (index int, found bool) {
	most := float32(0)
	for i, a := range p.Latest {
		if off := a.Refusals - a.Expected; p.firing&^without&(1<<i) != 0 && off > most {
			index, found, most = i, true, off
		}
	}
	return index, found
}

// Sound reports whether the state can be counted with.
func (p *Profile) Sound() bool {
	for _, a := range p.Latest {
		if !finite(float64(a.Refusals), float64(a.Expected), float64(a.Share)) || a.Refusals < 0 || a.Expected < 0 || a.Share < 0 {
			return false
		}
	}
	return p.Week.sound() && finite(p.PerNow) && p.PerNow >= 0 && p.Last >= 0
}
