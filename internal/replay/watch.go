package replay

import (
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/blame"
)

// watch makes post-mortems while a recording is played.
type watch struct {
	list []*PostMortem
	open *PostMortem
}

const (
	watchBack   = 5 * time.Minute   // how far the watch looks back for what no alert is about
	watchRecent = 2*time.Minute - 1 // of which it asks whether that goes on
	watchQuiet  = 3                 // minutes without anything unusual after which it is over
)

// see looks at the end of a minute.
func (w *watch) see(i instant) {
	states := i.engine.States()
	since, rules := firing(states)
	for _, c := range i.changes {
		if w.open != nil || len(rules) > 0 {
			w.note(i, c, since)
		}
	}
	now := i.now.Add(time.Nanosecond)
	if now.Second() != 0 {
		return
	}
	switch {
	case len(rules) > 0:
		w.begin(now, since, true)
		for _, r := range rules {
			if !slices.Contains(w.open.Rules, r) {
				w.open.Rules = append(w.open.Rules, r)
			}
		}
		w.judge(i)
		w.open.keep(states, now)
	case w.open == nil:
		if v := i.ledger.Judge(blame.Question{Onset: now.Add(-watchBack), Now: i.now}); unalerted(v) {
			w.begin(now, w.onset(i, v.Kind), false)
			w.goOn(i)
		}
	case len(w.open.Rules) > 0: // the last alert has ended
		w.open = nil
	default:
		w.goOn(i)
	}
}

// unalerted reports whether a verdict is about what no rule is for: codes that rose are
// for the rules, but for those at a place that is too small for them. A device that has few
// of the requests, such as a probe, is no news.
func unalerted(v blame.Verdict) bool {
	switch {
	case v.Confidence != blame.High, v.Kind == blame.Nothing:
		return false
	case v.Kind == blame.OneDevice:
		return 20*v.Incidents >= v.Plays.Now && v.Plays.Now > 0
	}
	return len(v.Codes) == 0 || len(v.Named) > 0
}

// onset returns the first of the last minutes that is of a kind. That a host is silent takes
// several minutes: it is the first from which on it is.
func (w *watch) onset(i instant, kind blame.Kind) time.Time {
	now := i.now.Add(time.Nanosecond)
	begin := now.Add(-watchBack)
	for at := begin; at.Before(now); at = at.Add(time.Minute) {
		end := at.Add(time.Minute)
		if kind == blame.HostOut {
			end = now
		}
		if v := i.ledger.Judge(blame.Question{Onset: begin, Now: end.Add(-1), Recent: end.Sub(at) - 1}); v.Kind == kind {
			return at
		}
	}
	return begin
}

// begin opens a post-mortem, or makes that of what no alert was about one of an alert.
func (w *watch) begin(now, since time.Time, alerting bool) {
	if w.open != nil && (len(w.open.Rules) > 0 || !alerting) {
		w.open.From = earlier(w.open.From, since)
		return
	}
	if w.open == nil {
		w.open = &PostMortem{Rules: []string{}}
		w.list = append(w.list, w.open)
	}
	w.open.From = since.In(now.Location())
}

// judge makes the verdict on an alert that is open. Once it is of a fault, one that nobody
// has to act on does not take its place: plays that come back after a collapse are no crowd.
// What is over before the alert ends does not change it.
func (w *watch) judge(i instant) {
	p := w.open
	q := blame.Question{Alert: p.Rules[0], Onset: p.From, Now: i.now}
	v := i.ledger.Judge(q)
	if v.Kind == blame.Nothing {
		return
	}
	if q.Recent = recently(v); p.Verdict.Kind != "" && len(v.Codes) == 0 && i.ledger.Judge(q).Kind != v.Kind {
		return
	}
	p.To = i.now.Add(time.Nanosecond)
	if harmless(v) && p.Verdict.Kind != "" && !harmless(p.Verdict) {
		return
	}
	if p.Verdict.Kind == "" || v.Witnesses >= p.Verdict.Witnesses || v.Kind != p.Verdict.Kind {
		p.Verdict = v
	}
}

// recently is of which last minutes it is asked whether what a verdict is on goes on.
func recently(v blame.Verdict) time.Duration {
	if len(v.Codes) > 0 { // few clients a minute fail, if no alert fires
		return watchBack - 1
	}
	return watchRecent
}

func harmless(v blame.Verdict) bool {
	return slices.Contains([]blame.Kind{blame.OneDevice, blame.Retry, blame.Crowd}, v.Kind)
}

// goOn looks whether what no alert is about goes on, by its last minutes. It is over when
// that was not the case for a while.
func (w *watch) goOn(i instant) {
	p := w.open
	i.ledger.Alerting(i.now) // it is not normal
	v := i.ledger.Judge(blame.Question{Onset: p.From, Now: i.now, Recent: recently(p.Verdict)})
	if v.Kind == blame.Nothing || p.Verdict.Kind != "" && v.Kind != p.Verdict.Kind {
		if p.quiet++; p.quiet >= watchQuiet {
			w.open = nil
		}
		return
	}
	p.quiet = 0
	p.To = i.now.Add(time.Nanosecond)
	if all := i.ledger.Judge(blame.Question{Onset: p.From, Now: i.now}); p.Verdict.Kind == "" || all.Kind == p.Verdict.Kind {
		p.Verdict = all
	}
}

// note adds a change of an alert to the timeline of what is open.
func (w *watch) note(i instant, c alert.Transition, since time.Time) {
	if c.To == alert.Pending {
		return
	}
	w.begin(i.now, since, true)
	w.open.To = later(w.open.To, w.open.From)
	m := Moment{c.At.Round(time.Second), c.Name() + " " + map[bool]string{true: "fires", false: "ends"}[c.To == alert.Firing]}
	w.open.Moments = append(w.open.Moments, m)
	part := w.open.part(c.Rule, c.Name(), c.At)
	part.moments = append(part.moments, m)
	part.firing = c.To == alert.Firing
	if c.To == alert.Firing && !slices.Contains(w.open.Rules, c.Rule) {
		w.open.Rules = append(w.open.Rules, c.Rule)
	}
}

// firing returns the rules that fire, and the first onset.
func firing(states []alert.Status) (since time.Time, rules []string) {
	for _, s := range states {
		if s.State != alert.Firing {
			continue
		}
		since = earlier(since, onset(s))
		rules = append(rules, s.Rule)
	}
	return since, rules
}

// onset returns when what an alert is about began.
func onset(s alert.Status) time.Time { return earlier(s.ActiveSince, s.Account.Total.Since) }

// earlier returns the earlier of two times, of which one may be zero.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
