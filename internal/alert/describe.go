package alert

import (
	"cmp"
	"time"

	"wvwatch/internal/codes"
)

// describer writes the sums, the verdict and the texts of alerts.
type describer struct {
	cat           *codes.Catalogue
	external      map[string]string // labels of the daemon
	judge         Judge             // nil for alerts without verdict
	verdictLabels bool              // see Settings.VerdictLabels
}

// describe brings the sums of an alert up to now, and its texts while its
// condition holds. That costs more than to judge it, so it is done at each
// transition, once in a step of the windows, and for a code that is new to it.
func (d describer) describe(t *instance, now time.Time, v result, w selection, was State) {
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
	if d.judge != nil && (s.State != was || t.verdict.due(now)) {
		t.judge(d.judge, cmp.Or(v.since, t.onset()), now)
	}
	if s.State == Firing && was != Firing && d.verdictLabels && known(t.verdict.verdict) {
		s.Labels = withVerdictLabels(s.Labels, string(t.verdict.verdict.Kind), t.verdict.verdict.Owner)
	}
	f := d.facts(s, r.by(), v, now)
	f.Verdict, f.Changed = t.shown(), !s.NotifiedAt.IsZero()
	s.Sentence = f.Sentence
	if s.State == Firing || was == Firing {
		s.Annotations = withVerdict(r.annotate(f), f.Verdict)
	}
}
