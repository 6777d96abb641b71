package alert

import (
	"maps"
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

// verdictPause is how long after a notification of another verdict the next one waits,
// so that a verdict between two kinds does not notify every minute.
const verdictPause = 5 * time.Minute

// cachedVerdict is the verdict on an alert.
type cachedVerdict struct {
	verdict blame.Verdict
	at      time.Time // zero for none
	key     string    // its kind and place; "" where it is not known
	was     string    // that of the judgement before
}

// due reports whether the verdict is to be made at now.
func (j *cachedVerdict) due(now time.Time) bool {
	every := judgeOften
	if j.verdict.Witnesses >= manyWitness {
		every = judgeSeldom
	}
	return j.at.IsZero() || now.Sub(j.at) >= every || now.Before(j.at)
}

// judge makes the verdict on an alert, since being the onset.
func (t *instance) judge(judge Judge, since, now time.Time) {
	j := &t.verdict
	j.was = j.key
	j.verdict, j.at = judge(t.question(since, now)), now
	if j.key = ""; known(j.verdict) {
		j.key, t.status.Verdict = j.verdict.Place(), j.verdict.Brief()
	}
	t.status.notify(j, now)
}

// notify takes over the kind and place of a verdict for receivers: what the alert begins
// to fire with, then another one when two judgements in a row agree on it. A verdict that
// is not known, as after a restart, changes nothing.
func (s *Status) notify(j *cachedVerdict, now time.Time) {
	switch {
	case s.State != Firing || j.key == "" || j.key == s.Notified:
	case s.FiredAt.Equal(now):
		s.Notified = j.key
	case j.key == j.was && now.Sub(s.NotifiedAt) >= verdictPause:
		s.Notified, s.NotifiedAt = j.key, now
	}
}

// question asks for the verdict on an alert.
func (t *instance) question(since, now time.Time) blame.Question {
	r := t.rule
	q := blame.Question{Alert: r.Name, By: t.group, Onset: since.In(now.Location()), Now: now}
	if by := r.by(); by != ByCategory && t.group != "" {
		q.Dimension = by
	}
	if !r.kind.codeless {
		q.Matches = func(c codes.Entry) bool {
			return r.selector.entry(c) && (r.by() != ByCategory || c.Category == t.group)
		}
	}
	return q
}

// known reports whether an alert shows a verdict: not while nothing is unusual, or what
// is normal is not known yet.
func known(v blame.Verdict) bool { return v.Known && v.Kind != blame.Nothing }

// shown returns the verdict that the alert shows: the present one, else the last that was
// known.
func (t *instance) shown() blame.Verdict {
	if known(t.verdict.verdict) {
		return t.verdict.verdict
	}
	return t.status.Verdict
}

// onset is when the alert's condition began to hold, by what it counted.
func (t *instance) onset() time.Time {
	if since := t.status.Account.Total.Since; !since.IsZero() && since.Before(t.status.ActiveSince) {
		return since
	}
	return t.status.ActiveSince
}

// The labels of Settings.VerdictLabels. They are part of an alert's identity, so that
// they stay as they are until it ends.
const (
	verdictLabel = "verdict"
	ownerLabel   = "owner"
)

// withVerdictLabels returns labels with those of a verdict. A label of the rule wins, and
// an empty value is none.
func withVerdictLabels(labels map[string]string, kind, owner string) map[string]string {
	labels = maps.Clone(labels)
	for name, value := range map[string]string{verdictLabel: kind, ownerLabel: owner} {
		if _, taken := labels[name]; !taken && value != "" {
			labels[name] = value
		}
	}
	return labels
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
