package detect

import (
	"cmp"
	"math"
	"slices"
)

// watcher judges the streams of a service, one for each category.
type watcher interface {
	step(t *tick)
	level(category int) Level
	ended(category int) End // why the alarm ended in this step
}

// source makes the steps of a service.
type source interface{ next(at int64) *tick }

// counting is by what a log lets events be counted.
type counting struct {
	requests bool
	id       Identity
}

func (c counting) of(t *tick, k int) (x, x1, plays float64) {
	f := &t.failed[k]
	switch c.id {
	case ByClient:
		x, x1, plays = f.x, f.x1, t.plays
	case ByCorrelation:
		x, x1, plays = f.incidents, f.incidents, t.joined
	default:
		x, x1, plays = f.occurrences, f.occurrences, t.requests
	}
	if !c.requests {
		plays = 0
	}
	return x, x1, plays
}

// ours are the detectors of this package.
type ours struct {
	counting
	detectors [categories]Detector
	profile   Profile
	ends      [categories]End
	drifting  [categories]bool
	drifts    []drifted
}

// drifted is when a slow change was found.
type drifted struct {
	category int
	at       int64
}

func newOurs(c counting, change func(*Settings)) *ours {
	o := &ours{counting: c, profile: NewProfile()}
	for k := range o.detectors {
		s := Settings{Fault: kinds[k].fault}
		if change != nil {
			change(&s)
		}
		o.detectors[k] = New(s)
	}
	return o
}

func (o *ours) step(t *tick) {
	var latest [categories]Activity
	for k := range latest {
		x, _, _ := o.of(t, k)
		latest[k] = Activity{x, o.detectors[k].Alarm().Level != None}
	}
	if !o.requests {
		o.profile.Step(t.at, t.offset, latest[:])
	}
	for k := range o.detectors {
		s := Step{At: t.at, Identity: o.id, Clients: t.failed[k].clients}
		s.X, s.X1, s.Plays = o.of(t, k)
		if !o.requests {
			s.Expected = o.profile.Expect(1 << k)
		}
		o.ends[k] = o.detectors[k].Step(s)
		if on := o.detectors[k].Slow.On; on != o.drifting[k] {
			o.drifting[k] = on
			if on {
				o.drifts = append(o.drifts, drifted{k, t.at})
			}
		}
	}
}

func (o *ours) level(k int) Level {
	l := o.detectors[k].Alarm().Level
	if !kinds[k].pages {
		l = min(l, Ticket)
	}
	return l
}

func (o *ours) ended(k int) End { return o.ends[k] }

// episode is an alarm from its beginning to its end, in steps.
type episode struct {
	category        int
	from, paged, to int64
	end             End
}

// watch lets watchers see the same days of a service, and returns the alarms
// of each. An alarm that is on at the end lasts until then.
func watch(src source, first, days int64, ws ...watcher) [][]episode {
	all := make([][]episode, len(ws))
	on := make([][categories]int, len(ws)) // index of the episode, plus 1
	for at := first; at < first+days*daySteps; at++ {
		t := src.next(at)
		for i, w := range ws {
			w.step(t)
			for k := range categories {
				l := w.level(k)
				open := on[i][k] > 0
				if open && (l == None || w.ended(k) != NotEnded) {
					e := &all[i][on[i][k]-1]
					e.to, e.end, open, on[i][k] = at, w.ended(k), false, 0
				}
				if l != None && !open {
					all[i] = append(all[i], episode{category: k, from: at, to: first + days*daySteps})
					on[i][k] = len(all[i])
				}
				if e := on[i][k]; e > 0 && l == Page && all[i][e-1].paged == 0 {
					all[i][e-1].paged = at
				}
			}
		}
	}
	return all
}

// findings are what became of the troubles of one kind.
type findings struct {
	n, missed, paged float64
	alerts           float64
	firing           float64   // part of the time of the troubles, summed
	tickets, pages   []float64 // delays in seconds
	clears           []float64 // minutes from the end of the trouble to that of the alarm
	lasted           []float64 // hours from the first alarm to its end
	drifts           []float64 // hours until a slow change was found
	ends             map[End]int
}

// result is how a watcher did.
type result struct {
	found  map[string]*findings
	false  map[string]int // tickets by cause
	pages  int            // that no trouble explains
	drifts int            // the same
	days   float64
}

func newResult() *result {
	return &result{found: map[string]*findings{}, false: map[string]int{}}
}

func (r *result) add(o *result) {
	r.days += o.days
	r.pages += o.pages
	r.drifts += o.drifts
	for cause, n := range o.false {
		r.false[cause] += n
	}
	for name, f := range o.found {
		t := r.of(name)
		t.n, t.missed, t.paged, t.alerts, t.firing = t.n+f.n, t.missed+f.missed, t.paged+f.paged, t.alerts+f.alerts, t.firing+f.firing
		t.tickets, t.pages, t.clears = append(t.tickets, f.tickets...), append(t.pages, f.pages...), append(t.clears, f.clears...)
		t.lasted, t.drifts = append(t.lasted, f.lasted...), append(t.drifts, f.drifts...)
		for e, n := range f.ends {
			t.ends[e] += n
		}
	}
}

func (r *result) of(name string) *findings {
	if r.found[name] == nil {
		r.found[name] = &findings{ends: map[End]int{}}
	}
	return r.found[name]
}

// falses counts false tickets, without those of the causes named.
func (r *result) falses(without ...string) (n int) {
	for cause, k := range r.false {
		if !slices.Contains(without, cause) {
			n += k
		}
	}
	return n
}

func (r *result) perWeek(n int) float64 { return float64(n) / r.days * 7 }

// judge compares alarms with what the traffic had. Alarms before the step
// since are ignored.
func judge(t *life, episodes []episode, since, until int64) *result {
	r := newResult()
	r.days = float64(until-since) / daySteps
	explained := make([]bool, len(episodes))
	for i := range t.troubles {
		tr := &t.troubles[i]
		if tr.background || tr.from < since || tr.to > until {
			continue
		}
		f := r.of(tr.name)
		f.n++
		alerts, covered := 0.0, 0.0
		first, page, clear := int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64)
		for _, k := range tr.in {
			n, steps := 0.0, int64(0)
			for j, e := range episodes {
				if e.category != k || e.to < tr.from || e.from > tr.to+hourSteps/2 {
					continue
				}
				explained[j] = true
				n++
				steps += min(e.to, tr.to) - max(min(e.from, tr.to), tr.from)
				first, clear = min(first, max(e.from, tr.from)), max(clear, e.to)
				f.ends[e.end]++
				if e.paged > 0 {
					page = min(page, max(e.paged, tr.from))
				}
			}
			alerts, covered = max(alerts, n), max(covered, float64(steps)/float64(tr.to-tr.from))
		}
		if alerts == 0 || first > tr.to {
			f.missed++
			continue
		}
		f.alerts += alerts
		f.firing += covered
		f.tickets = append(f.tickets, (float64(first-tr.from+1)-tr.late)*StepSeconds)
		f.clears = append(f.clears, float64(clear-tr.to)*StepSeconds/60)
		f.lasted = append(f.lasted, float64(clear-first)/hourSteps)
		if page < math.MaxInt64 {
			f.paged++
			f.pages = append(f.pages, (float64(page-tr.from+1)-tr.late)*StepSeconds)
		}
	}
	for j, e := range episodes {
		if explained[j] || e.from < since || e.from >= until {
			continue
		}
		r.false[t.cause(e)]++
		if e.paged > 0 {
			r.pages++
		}
	}
	return r
}

// slow adds what drifts were found: those of a trouble, and of nothing.
func (r *result) slow(l *life, drifts []drifted, since int64) {
	for _, d := range drifts {
		explained := d.at < since
		for _, tr := range l.troubles {
			if !tr.background && d.at >= tr.from && d.at < tr.to+driftBins*binSteps && slices.Contains(tr.in, d.category) {
				explained = true
				f := r.of(tr.name)
				f.drifts = append(f.drifts, float64(d.at-tr.from)/hourSteps)
			}
		}
		if !explained {
			r.drifts++
		}
	}
}

// cause is what of ordinary life explains an alarm.
func (t *life) cause(e episode) string {
	for _, tr := range t.troubles {
		if tr.background && slices.Contains(tr.in, e.category) && e.from >= tr.from && e.from <= tr.to+hourSteps {
			return tr.name
		}
	}
	for _, d := range t.devices {
		if d.category == e.category && e.from >= d.from && e.from < d.to {
			return "stuck device"
		}
	}
	for _, m := range t.matches {
		if e.from >= m.from && e.from <= m.to+hourSteps/2 {
			return "football"
		}
	}
	return "chance"
}

// quantile returns the value below which part p is found; NaN of nothing.
func quantile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, cmp.Compare)
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
