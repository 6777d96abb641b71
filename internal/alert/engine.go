package alert

import (
	"log/slog"
	"sync"
	"time"

	"wvwatch/internal/codes"
)

// Options are the engine's tunables.
type Options struct {
	Log *slog.Logger // one line for each transition; nil for none
	// Runbooks is the URL under which the runbooks are served, for rules that
	// name none; default Runbooks, the path among the project's files.
	Runbooks string
	Settings Settings
	// Judge makes the verdicts of alerts; nil for none. It is called with the engine
	// locked, and must not call it.
	Judge Judge
}

// Engine keeps the state of each rule. Its methods may be called concurrently.
type Engine struct {
	log      *slog.Logger
	runbooks string
	judge    Judge // nil for none
	created  time.Time

	mu          sync.Mutex
	settings    Settings
	set         *ruleset
	detectors   *detectors
	describer   describer
	mutes       mutes
	gone        []Status // not inactive when their rule or their identity went
	notices     levelNotices
	ended       *endedAlerts
	indexes     *indexes // of the windows that are evaluated
	evaluations uint64
	evaluated   time.Time // the last time
}

// New returns an engine of inactive rules, which must have passed Validate.
func New(rules []RuleConfig, cat *codes.Catalogue, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	log := o.Log.With("component", "alert")
	e := &Engine{
		log: log, runbooks: o.Runbooks, judge: o.Judge, created: time.Now(),
		set: new(ruleset), detectors: newDetectors(log), ended: newEndedAlerts(), indexes: newIndexes(),
	}
	if err := e.Reload(rules, cat, o.Settings); err != nil {
		return nil, err
	}
	return e, nil
}

// Reload puts other rules and settings in the place of the present ones. A rule keeps its
// state by its name, also when its threshold is another one: the next
// evaluation judges it again; what it has learnt it keeps while it counts the
// same. An alert ends where its rule is gone or its labels are others now, at
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
	mutes, err := newMutes(s.Mutes)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	status, learnt := e.set.statuses(), e.set.memories()
	e.indexes.forget() // an entry of another catalogue is another entry
	e.detectors.use(cat)
	e.settings, e.mutes = s, mutes
	e.describer = describer{cat: cat, external: s.ExternalLabels, verdictLabels: s.VerdictLabels}
	if s.Verdicts {
		e.describer.judge = e.judge
	}
	e.set = newRuleset(compiled, e.detectors, e.log)
	e.set.recall(learnt)
	e.gone = append(e.gone, e.set.restore(status, s.VerdictLabels)...)
	e.detectors.tidy(e.set.instances)
	return nil
}

// Evaluate judges every rule at now and returns what has changed, in the order of
// the rules. Detectors read the steps that the watermarks have passed. Windows end
// at now, or where the lines of a source come late as far back as they are complete.
//
// Sources that are catching up are left out, so that a backlog starts no
// alert; and until all sources of a rule have caught up, its alert does not
// end, since the backlog may hold the incident's latest events.
func (e *Engine) Evaluate(now time.Time, w Windows) []Transition {
	now = now.Round(0) // the wall clock: it is compared with what a checkpoint held
	e.mu.Lock()
	e.indexes.begin(w, now)
	marks, behind := w.Watermarks(), w.CatchingUp()
	changes := append(e.endOrphans(now), e.notices.end(e.set, e.ended, now)...)
	e.notices.updateMutes(e.mutes, now)
	e.set.regroup(now, e.indexes.at(now), behind)
	e.detectors.advance(now, marks, behind, newStepCache(w))
	for _, t := range e.set.instances {
		c, changed := e.evaluate(t, now, marks, behind)
		if !changed {
			continue
		}
		changes = append(changes, c)
		if c.End == EndNewLevel && c.From == Firing {
			changes = append(changes, e.notices.start(t, e.ended.resolved[len(e.ended.resolved)-1], e.mutes, now))
		}
	}
	e.indexes.end()
	if len(e.ended.resolved) > 0 {
		e.ended.forget(e.firing(), now)
	}
	e.evaluations++
	e.evaluated = now
	e.mu.Unlock()

	for _, c := range changes {
		e.report(c)
	}
	return changes
}

// firing returns the identities of the alerts and notices that fire. The caller holds the
// lock.
func (e *Engine) firing() map[string]bool {
	fires := make(map[string]bool)
	for _, t := range e.set.instances {
		if t.status.State == Firing {
			fires[identity(t.status.Labels)] = true
		}
	}
	for _, n := range e.notices {
		fires[identity(n.Alert.Labels)] = true
	}
	return fires
}
