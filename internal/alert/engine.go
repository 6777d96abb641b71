package alert

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/codes"
)

// ResolvedFor is how long a resolved alert is still handed out for sending, so
// that a receiver that was away learns of the end too.
const ResolvedFor = 15 * time.Minute

// Options are the engine's tunables.
type Options struct {
	Log *slog.Logger // one line for each transition; nil for none
	// Runbooks is the URL under which the runbooks are served, for rules that
	// name none; default Runbooks, the path among the project's files.
	Runbooks string
	Settings Settings
}

// Engine keeps the state of each rule. Its methods may be called concurrently.
type Engine struct {
	log      *slog.Logger
	runbooks string
	descs    descs

	mu          sync.Mutex
	rules       []*rule  // those that are judged here
	tracks      []*track // of rules, in their order
	gone        []Status // not inactive when their rule or their identity went
	resolved    []Alert  // for ResolvedFor
	periods     []Period // of the last day, that are over
	evaluations uint64
	evaluated   time.Time // the last time
	index       *index    // of the windows that are evaluated
	settings    Settings
	created     time.Time
}

// New returns an engine of inactive rules, which must have passed Validate.
func New(rules []RuleConfig, cat *codes.Catalogue, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{log: o.Log.With("component", "alert"), runbooks: o.Runbooks, descs: newDescs(), created: time.Now(), index: newIndex(nil)}
	if err := e.Reload(rules, cat, o.Settings); err != nil {
		return nil, err
	}
	return e, nil
}

// Reload puts other rules and settings in the place of the present ones. A rule keeps its
// state by its name, also when its threshold is another one: the next
// evaluation judges it anew; what it has learnt it keeps while it counts the
// same. An alert whose rule is gone, or whose labels are others now, ends at
// the next evaluation. On an error nothing has changed.
func (e *Engine) Reload(rules []RuleConfig, cat *codes.Catalogue, s Settings) error {
	compiled := make([]*rule, 0, len(rules))
	for _, c := range rules {
		r, err := newRule(c.withDefaults(), cat, e.runbooks, s.ExternalLabels)
		if err != nil {
			return err
		}
		if r.judged() {
			compiled = append(compiled, r)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	status, learnt := e.statuses(), e.memories()
	e.index.forget() // an entry of another catalogue is another entry
	e.rules, e.tracks, e.settings = compiled, nil, s
	for _, r := range compiled {
		if !r.grouped() {
			e.group(r, "")
		}
	}
	e.recall(learnt)
	e.adopt(status)
	return nil
}

// Evaluate judges every rule at now, by windows that end at now, and returns
// what has changed, in the order of the rules.
//
// Sources that are catching up are left out, so that a backlog starts no
// alert; and until all sources of a rule have caught up, its alert does not
// end, since the backlog may hold the incident's latest events.
func (e *Engine) Evaluate(now time.Time, w Windows) []Transition {
	now = now.Round(0) // the wall clock: it is compared with what a checkpoint held
	e.mu.Lock()
	e.index.reset(w)
	behind := w.CatchingUp()
	changes := e.bury(now)
	e.regroup(now, behind)
	for _, t := range e.tracks {
		if c, changed := e.evaluate(t, now, behind); changed {
			changes = append(changes, c)
		}
	}
	e.index.reset(nil)
	e.forget(now)
	e.evaluations++
	e.evaluated = now
	e.mu.Unlock()

	for _, c := range changes {
		e.report(c)
	}
	return changes
}

// evaluate judges one alert of a rule; the caller holds the lock.
func (e *Engine) evaluate(t *track, now time.Time, behind []string) (Transition, bool) {
	r, s := t.rule, &t.status
	was := *s
	v := t.condition.judge(now, view{e.index, &r.selector, behind, r.by(), t.group})
	if !r.here() {
		s.Value, s.Threshold = v.value, v.threshold
		return Transition{}, false
	}
	s.step(now, r, t.condition.patience(), v.holds, slices.ContainsFunc(behind, r.selector.source))
	s.Value, s.Threshold = v.value, v.threshold
	if v.holds {
		f := newFacts(r, v, s.ActiveSince, now)
		s.Sentence = f.Sentence
		if s.State == Firing {
			s.Annotations = r.annotate(f)
		}
	}
	if s.State == was.State {
		return Transition{}, false
	}
	sentence := s.Sentence
	if s.State == Inactive {
		sentence = "held until " + s.LastHeld.In(now.Location()).Format(time.TimeOnly) + ": " + sentence
		e.resolve(was, now)
		s.Sentence, s.Annotations = "", nil
	}
	return Transition{
		Rule: r.Name, By: r.by(), Group: s.Labels[r.by()], Severity: r.Severity, From: was.State, To: s.State, At: now,
		Value: s.Value, Threshold: s.Threshold, Sentence: sentence,
	}, true
}

// bury ends the alerts of gone rules.
func (e *Engine) bury(now time.Time) []Transition {
	var changes []Transition
	for _, s := range e.gone {
		e.resolve(s, now)
		if slices.ContainsFunc(e.tracks, func(t *track) bool { return t.takes(s) }) {
			continue // it goes on under other labels, which is no transition
		}
		changes = append(changes, Transition{
			Rule: s.Rule, Severity: s.Severity, From: s.State, To: Inactive, At: now,
			Value: s.Value, Threshold: s.Threshold, Sentence: "the rule is no longer configured",
		})
	}
	e.gone = nil
	return changes
}

// resolve remembers the end of an alert that had fired.
func (e *Engine) resolve(s Status, now time.Time) {
	if s.State == Firing {
		a := s.alert()
		a.ResolvedAt = now
		e.resolved = append(e.resolved, a)
		e.addPeriod(s, now)
	}
}

// forget drops resolved alerts that are old, or that fire again.
func (e *Engine) forget(now time.Time) {
	e.resolved = slices.DeleteFunc(e.resolved, func(a Alert) bool {
		again := slices.ContainsFunc(e.tracks, func(t *track) bool {
			return t.status.State == Firing && maps.Equal(t.status.Labels, a.Labels)
		})
		return again || now.Sub(a.ResolvedAt) > ResolvedFor
	})
}

// report writes the one line of a transition.
func (e *Engine) report(c Transition) {
	switch {
	case c.To == Firing:
		e.log.Warn("alert firing", "rule", c.Name(), "reason", c.Sentence)
	case c.To == Pending:
		e.log.Info("alert pending", "rule", c.Name(), "reason", c.Sentence)
	case c.From == Firing:
		e.log.Info("alert resolved", "rule", c.Name(), "reason", c.Sentence)
	default:
		e.log.Info("alert no longer pending", "rule", c.Name(), "reason", c.Sentence)
	}
}

// States returns where each rule that is evaluated here stands, in the order of the configuration; a
// rule with by has one Status for each group that was met.
func (e *Engine) States() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.DeleteFunc(e.statuses(), func(s Status) bool {
		return slices.ContainsFunc(e.rules, func(r *rule) bool { return r.Name == s.Rule && !r.here() })
	})
}

// Alerts returns what receivers should know now: the firing alerts, and those
// resolved within ResolvedFor.
func (e *Engine) Alerts() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	alerts := slices.Clone(e.resolved)
	for _, t := range e.tracks {
		if t.status.State == Firing {
			alerts = append(alerts, t.status.alert())
		}
	}
	return alerts
}
