package alert

import (
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
	e.describer.describe(t, now, v, w, was.State)
	if s.State != Inactive {
		t.updateMute(e.mutes, now)
	}
	if s.State == was.State {
		return Transition{}, false
	}
	return e.finish(t, was, now), true
}

// windowsEnd returns until when the events of a rule are complete: now, but where
// lines come late as long ago as they do. The slowest source is waited for, but
// they end at most two minutes before the fastest.
func windowsEnd(now time.Time, marks []metrics.Watermark, r *rule, behind []string) time.Time {
	slowest, fastest, any := now.UnixNano(), int64(0), false
	for _, m := range marks {
		if !r.selector.source(m.Source) || slices.Contains(behind, m.Source) {
			continue
		}
		until := now.UnixNano()
		if m.Lateness > 0 {
			until = min(max(m.Newest, until-m.Lateness), until)
		}
		slowest, fastest, any = min(slowest, until), max(fastest, until), true
	}
	if !any {
		return now
	}
	return time.Unix(0, max(slowest, fastest-waitSteps*int64(metrics.Step))).In(now.Location())
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
	f := e.describer.facts(s, t.rule.by(), result{value: s.Value, threshold: s.Threshold}, now)
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
			e.ended.add(*s, now)
		}
		s.clear()
		s.Labels, t.verdict = r.labelsOf(t.group), cachedVerdict{}
	}
	return c
}

// endOrphans ends the alerts of gone rules.
func (e *Engine) endOrphans(now time.Time) []Transition {
	var changes []Transition
	for _, s := range e.gone {
		was := s.State
		goesOn := slices.ContainsFunc(e.set.instances, func(t *instance) bool { return t.continues(s) })
		s.End = EndRuleGone
		f := e.describer.facts(&s, "", result{value: s.Value, threshold: s.Threshold}, now)
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
			e.ended.add(s, now)
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
