package alert

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/metrics"
)

// evaluate judges one alert of a rule; the caller holds the lock.
func (e *Engine) evaluate(t *instance, now time.Time, marks []metrics.Watermark, behind []string) (Transition, bool) {
	r, s := t.rule, &t.status
	if t.accepted && s.State != Inactive {
		return e.end(t, now, EndAccepted), true
	}
	t.accepted = false
	at := now
	if r.When.Silent == 0 { // which goes by when lines arrive
		at = windowsEnd(now, marks, r, behind)
	}
	w := selection{windows: e.indexes.at(at), sel: &r.selector, behind: behind, by: r.by(), group: t.group, now: at}
	if end := at.Add(1).Truncate(metrics.Step).Add(-1); end.Before(at) { // of the last whole step
		w.whole = e.indexes.at(end)
	}
	v := t.condition.judge(at, w)
	s.Value, s.Threshold = v.value, v.threshold
	if !r.here() {
		return Transition{}, false
	}
	was := *s
	s.step(now, r, t.condition.patience(), v, slices.ContainsFunc(behind, r.selector.source))
	t.write(e, now, v, w, was.State)
	if s.State != Inactive {
		e.updateMute(t, now)
	}
	if s.State == was.State {
		return Transition{}, false
	}
	return e.finish(t, was, now), true
}

// write brings the sums of an alert up to now, and its texts while its
// condition holds. That costs more than to judge it, so it is done at each
// transition, once in a step of the windows, and for a code that is new to it.
func (t *instance) write(e *Engine, now time.Time, v result, w selection, was State) {
	s, r := &t.status, t.rule
	if was == Inactive && s.State == Inactive {
		return
	}
	if was == Inactive {
		s.Account.open(now, r.When.Over)
	}
	if v.holds {
		s.Because = v.because
	}
	if !r.kind.codeless {
		s.Account.peak(w.now, w)
	}
	step := stepOf(now)
	if s.State == was && (!v.holds || step == t.written && !s.Account.lacks(v.tally.codes)) {
		return
	}
	t.written = step
	switch {
	case v.sums != nil:
		v.sums.Peak, v.sums.PeakAt = s.Account.Total.Peak, s.Account.Total.PeakAt
		s.Account.Total = *v.sums
	default:
		s.Account.add(w.now, w, v.tally.codes)
	}
	e.judge(t, cmp.Or(v.since, t.onset()), now, s.State != was)
	if s.State == Firing && was != Firing && e.settings.VerdictLabels && known(t.verdict.verdict) {
		s.Labels = withVerdictLabels(s.Labels, string(t.verdict.verdict.Kind), t.verdict.verdict.Owner)
	}
	f := e.newFacts(s, r.by(), v, now)
	f.Verdict, f.Changed = t.shown(), !s.NotifiedAt.IsZero()
	s.Sentence = f.Sentence
	if s.State == Firing || was == Firing {
		s.Annotations = withVerdict(r.annotate(f), f.Verdict)
	}
}

// end ends an alert whatever the result of its condition.
func (e *Engine) end(t *instance, now time.Time, how End) Transition {
	s := &t.status
	was := *s
	t.accepted = false
	if c, ok := t.condition.(accepter); ok {
		c.accept(now)
	}
	s.State, s.End, s.Accepted = Inactive, how, now
	f := e.newFacts(s, t.rule.by(), result{value: s.Value, threshold: s.Threshold}, now)
	s.Sentence = f.Sentence
	if was.State == Firing {
		s.Annotations = t.rule.annotate(f)
	}
	return e.finish(t, was, now)
}

// finish returns the transition of t from what it was, and files what has ended.
func (e *Engine) finish(t *instance, was Status, now time.Time) Transition {
	r, s := t.rule, &t.status
	c := Transition{
		Rule: r.Name, By: r.by(), Group: t.group, Severity: r.Severity, From: was.State, To: s.State, At: now,
		Value: s.Value, Threshold: s.Threshold, Sentence: s.Sentence, End: s.End, Muted: s.Muted,
	}
	if s.State == Inactive {
		c.Muted = was.Muted
		if was.State == Firing {
			e.resolve(*s, now)
		}
		s.clear()
		s.Labels, t.verdict = r.labelsOf(t.group), cachedVerdict{}
	}
	return c
}

// resolve remembers the end of an alert that had fired. s still has the texts
// of its end.
func (e *Engine) resolve(s Status, now time.Time) {
	a := s.alert()
	a.ResolvedAt, a.End = now, s.End
	e.resolved = append(e.resolved, a)
	e.addPeriod(s, now)
	e.ended[endKey{s.Rule, s.End}]++
}

// endKey counts the alerts of one rule that ended one way.
type endKey struct {
	rule string
	end  End
}

// endOrphans ends the alerts of gone rules.
func (e *Engine) endOrphans(now time.Time) []Transition {
	var changes []Transition
	for _, s := range e.gone {
		was := s.State
		goesOn := slices.ContainsFunc(e.instances, func(t *instance) bool { return t.continues(s) })
		s.End = EndRuleGone
		f := e.newFacts(&s, "", result{value: s.Value, threshold: s.Threshold}, now)
		s.Sentence = f.Sentence
		if goesOn {
			f.Summary = strings.TrimSpace(f.Rule+" "+f.Where) + " goes on under other labels"
		}
		if was == Firing {
			texts := maps.Clone(s.Annotations)
			if texts == nil {
				texts = make(map[string]string)
			}
			texts["summary"], texts["description"] = f.Summary, f.Sentence
			s.Annotations = texts
			e.resolve(s, now)
		}
		if goesOn {
			continue // under other labels, which is no transition
		}
		changes = append(changes, Transition{
			Rule: s.Rule, Severity: s.Severity, From: was, To: Inactive, At: now,
			Value: s.Value, Threshold: s.Threshold, Sentence: f.Sentence, End: EndRuleGone,
		})
	}
	e.gone = nil
	return changes
}

// forget drops resolved alerts that are old, or that fire again.
func (e *Engine) forget(now time.Time) {
	if len(e.resolved) == 0 {
		return
	}
	fires := make(map[string]bool)
	for _, t := range e.instances {
		if t.status.State == Firing {
			fires[identity(t.status.Labels)] = true
		}
	}
	for _, n := range e.notices {
		fires[identity(n.Alert.Labels)] = true
	}
	e.resolved = slices.DeleteFunc(e.resolved, func(a Alert) bool {
		return fires[identity(a.Labels)] || now.Sub(a.ResolvedAt) > ResolvedFor
	})
}

// report writes the one line of a transition.
func (e *Engine) report(c Transition) {
	log := e.log
	if c.Muted != "" {
		log = log.With("muted", c.Muted)
	}
	switch {
	case c.To == Firing:
		log.Warn("alert firing", "rule", c.Name(), "reason", c.Sentence)
	case c.To == Pending:
		log.Info("alert pending", "rule", c.Name(), "reason", c.Sentence)
	case c.From == Firing:
		log.Info("alert resolved", "rule", c.Name(), "end", string(c.End), "reason", c.Sentence)
	default:
		log.Info("alert no longer pending", "rule", c.Name(), "reason", c.Sentence)
	}
}
