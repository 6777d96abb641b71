package detect

import "math"

// daily is how many events a step holds by the local hour of the day.
type daily struct {
	N     [24]float32 `json:"n"`     // events, decayed
	Steps [24]float32 `json:"steps"` // decayed
}

// mean is that of all hours, and of an hour under way.
func (d *daily) mean(now hourCount) float64 {
	n, steps := float64(now.N)+meanEvents, float64(now.Steps)+meanSteps
	for h := range d.N {
		n, steps = n+float64(d.N[h]), steps+float64(d.Steps[h])
	}
	return n / steps
}

// rate is that of an hour, which is drawn to the mean while little is known.
func (d *daily) rate(hour int, mean float64) float64 {
	const prior = 90
	return (float64(d.N[hour]) + prior*mean) / (float64(d.Steps[hour]) + prior)
}

// learn adds an hour; keep is what is left of the hour a day before.
func (d *daily) learn(hour int, n, steps, keep float64) {
	d.N[hour] = float32(float64(d.N[hour])*keep + n)
	d.Steps[hour] = float32(float64(d.Steps[hour])*keep + steps)
}

// days is about how many days are known.
func (d *daily) days() float64 {
	steps := 0.0
	for _, n := range d.Steps {
		steps += float64(n)
	}
	return steps / daySteps
}

func (d *daily) sound() bool {
	for h := range d.N {
		if !finite(float64(d.N[h]), float64(d.Steps[h])) || d.N[h] < 0 || d.Steps[h] < 0 {
			return false
		}
	}
	return true
}

// week is daily with what the hours of the week differ by.
type week struct {
	Day      daily        `json:"day"`
	N        [168]float32 `json:"n"`        // decayed
	Expected [168]float32 `json:"expected"` // by Day, decayed
	Now      hourCount    `json:"now"`
}

// hourCount is the hour under way.
type hourCount struct {
	At       int64   `json:"at,omitempty"` // local hours since 1970; 0 for none
	N        float32 `json:"n,omitempty"`
	Steps    float32 `json:"steps,omitempty"`
	Expected float32 `json:"expected,omitempty"` // by the hour of the week
	ByDay    float32 `json:"by_day,omitempty"`   // by the hour of the day
}

const (
	daySteps   = 24 * hourSteps
	meanEvents = 0.1 // what the mean of a day begins with
	meanSteps  = 36
	weekPrior  = 20 // events by which an hour of the week is drawn to that of the day
	weekKeep   = 0.7
)

// dayKeep is what a day leaves of an hour of the week table: a half-life of seven.
var dayKeep = math.Exp2(-1.0 / 7)

// estimate is what a week expects of a step.
type estimate struct {
	byWeek float64 // by the hour of the week
	byDay  float64 // by the hour of the day
	known  float64 // events by which the hour of the day is known
}

// expect returns what is expected of the step at, interpolated between the middles
// of hours. The local time is offset seconds east of UTC.
func (w *week) expect(at int64, offset int) estimate {
	local := at + int64(offset/StepSeconds) - hourSteps/2
	first, part := local/hourSteps, float64(local%hourSteps)/hourSteps
	mean := w.Day.mean(w.Now)
	var e estimate
	for i, share := range [...]float64{1 - part, part} {
		h := (first + int64(i)) % 168
		byDay := w.Day.rate(int(h%24), mean)
		e.byDay += share * byDay
		e.byWeek += share * byDay * (weekPrior + float64(w.N[h])) / (weekPrior + float64(w.Expected[h]))
		e.known += share * float64(w.Day.N[h%24])
	}
	return e
}

// add adds n events of the step at, for which e was expected. An hour is learnt
// when it is complete.
func (w *week) add(at int64, offset int, n float64, e estimate) {
	hour := (at + int64(offset/StepSeconds)) / hourSteps
	if hour != w.Now.At {
		w.learn()
		w.Now = hourCount{At: hour}
	}
	w.Now.N += float32(n)
	w.Now.Steps++
	w.Now.Expected += float32(e.byWeek)
	w.Now.ByDay += float32(e.byDay)
}

// learn adds the hour that is complete. A wild one counts in part, but for
// the first day, in which nothing is known to call it wild by.
func (w *week) learn() {
	if w.Now.Steps == 0 {
		return
	}
	n, expected := float64(w.Now.N), float64(w.Now.Expected)
	if w.Day.days() >= 1 {
		n = min(n, 3*expected+4*math.Sqrt(expected)+5)
	}
	h := w.Now.At % 168
	w.Day.learn(int(h%24), n, float64(w.Now.Steps), dayKeep)
	w.N[h] = float32(float64(w.N[h])*weekKeep + n)
	w.Expected[h] = float32(float64(w.Expected[h])*weekKeep + float64(w.Now.ByDay))
}

func (w *week) sound() bool {
	for h := range w.N {
		if !finite(float64(w.N[h]), float64(w.Expected[h])) || w.N[h] < 0 || w.Expected[h] < 0 {
			return false
		}
	}
	now := w.Now
	return w.Day.sound() && now.At >= 0 && now.N >= 0 && now.Steps >= 0 && now.Expected >= 0 && now.ByDay >= 0 &&
		finite(float64(now.N), float64(now.Steps), float64(now.Expected), float64(now.ByDay))
}
