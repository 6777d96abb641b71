package alert

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
)

// Judge returns the verdict on what happens since an onset.
type Judge func(blame.Question) blame.Verdict

// How often the verdict on an alert is made again.
const (
	judgeOften  = 10 * time.Second // while there are few witnesses
	judgeSeldom = time.Minute
	manyWitness = 200
)

// cachedVerdict is the verdict on an alert.
type cachedVerdict struct {
	verdict blame.Verdict
	at      time.Time // zero for none
}

// due reports whether the verdict is to be made at now.
func (j *cachedVerdict) due(now time.Time) bool {
	every := judgeOften
	if j.verdict.Witnesses >= manyWitness {
		every = judgeSeldom
	}
	return j.at.IsZero() || now.Sub(j.at) >= every || now.Before(j.at)
}

// judge makes the verdict on an alert at a transition or when it is due, since being
// the onset. The caller holds the lock.
func (e *Engine) judge(t *instance, since, now time.Time, changed bool) {
	if e.judgement == nil || !e.settings.Verdicts || !changed && !t.verdict.due(now) {
		return
	}
	t.verdict.verdict, t.verdict.at = e.judgement(e.question(t, since, now)), now
}

func (e *Engine) question(t *instance, since, now time.Time) blame.Question {
	r := t.rule
	q := blame.Question{Alert: r.Name, By: t.group, Onset: since.In(now.Location()), Now: now}
	if !r.kind.codeless {
		q.Matches = func(c codes.Entry) bool {
			return r.selector.entry(c) && (r.by() != ByCategory || c.Category == t.group)
		}
	}
	return q
}

// said returns the verdict as far as an alert shows it: nothing while nothing is
// unusual, or what is normal is not known yet.
func (j *cachedVerdict) said() blame.Verdict {
	if j.verdict.Kind == blame.Nothing || j.verdict.Plays.Expected == 0 {
		return blame.Verdict{}
	}
	return j.verdict
}

// Verdict returns the verdict on an alert that is pending or firing: of the rule, and
// its value of the label in by. It is made at now.
func (e *Engine) Verdict(rule, by string, now time.Time) (blame.Verdict, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := slices.IndexFunc(e.instances, func(t *instance) bool {
		return t.rule.Name == rule && t.group == by && t.status.State != Inactive
	})
	if at < 0 || e.judgement == nil {
		return blame.Verdict{}, fmt.Errorf("alert: no alert of %q%s is pending or firing", rule, of(by))
	}
	t := e.instances[at]
	return e.judgement(e.question(t, t.onset(), now)), nil
}

// Active reports whether an alert is pending or firing.
func (e *Engine) Active() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.instances, func(t *instance) bool { return t.status.State != Inactive })
}

func of(by string) string {
	if by == "" {
		return ""
	}
	return fmt.Sprintf(" for %q", by)
}

// onset is when the alert's condition began to hold, by what it counted.
func (t *instance) onset() time.Time {
	if since := t.status.Account.Total.Since; !since.IsZero() && since.Before(t.status.ActiveSince) {
		return since
	}
	return t.status.ActiveSince
}

// withVerdict adds the verdict to annotations.
func withVerdict(texts map[string]string, v blame.Verdict) map[string]string {
	if v.Sentence == "" {
		return texts
	}
	texts = maps.Clone(texts)
	texts["verdict"], texts["contributors"] = v.Sentence, v.Contributors()
	return texts
}
