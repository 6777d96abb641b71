package alert

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
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
	// Judge makes the verdicts of alerts; nil for none. It is called with the engine
	// locked, and must not call it.
	Judge Judge
}

// Engine keeps the state of each rule. Its methods may be called concurrently.
type Engine struct {
	log      *slog.Logger
	runbooks string

	judgement Judge // nil for none

	mu          sync.Mutex
	rules       []*rule       // those that are judged here
	instances   []*instance   // of rules, in their order
	gone        []Status      // not inactive when their rule or their identity went
	notices     []levelNotice // new levels of the last day
	resolved    []Alert       // for ResolvedFor
	periods     []Period      // of the last day, that are over
	evaluations uint64
	evaluated   time.Time          // the last time
	indexes     *indexes           // of the windows that are evaluated
	feeds       map[string][]*feed // by their sources
	cat         *codes.Catalogue
	categories  categories
	settings    Settings
	mutes       []*mute
	ended       map[endKey]uint64 // alerts that have ended, since the start
	exported    map[string]bool   // rules with exported ends, first exported as 0
	created     time.Time
}

// New returns an engine of inactive rules, which must have passed Validate.
func New(rules []RuleConfig, cat *codes.Catalogue, o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		log: o.Log.With("component", "alert"), runbooks: o.Runbooks, judgement: o.Judge, created: time.Now(),
		indexes: newIndexes(), feeds: make(map[string][]*feed), ended: make(map[endKey]uint64), exported: make(map[string]bool),
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
	status, learnt := e.statuses(), e.memories()
	e.indexes.forget() // an entry of another catalogue is another entry
	e.use(cat)
	e.rules, e.instances = compiled, nil
	e.settings, e.mutes = s, mutes
	for _, r := range compiled {
		switch {
		case !r.grouped():
			e.group(r, "")
		case r.by() == ByCategory:
			for _, entry := range r.selector.examples(cat) {
				e.group(r, entry.Category)
			}
		}
	}
	e.recall(learnt)
	e.restoreStatuses(status)
	e.tidy()
	return nil
}

// use takes over a catalogue. Where its categories are others, the profiles learn
// again. The caller holds the lock.
func (e *Engine) use(cat *codes.Catalogue) {
	same := e.cat != nil && slices.Equal(categoryNames(e.cat), categoryNames(cat))
	e.cat, e.categories = cat, categoriesOf(cat)
	if same {
		return
	}
	for _, feeds := range e.feeds {
		for _, f := range feeds {
			f.state.profile = detect.Profile{}
		}
	}
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
	behind := w.CatchingUp()
	changes := append(e.endOrphans(now), e.endNotices(now)...)
	e.regroup(now, behind)
	marks, steps := w.Watermarks(), newStepCache(w)
	for _, feeds := range e.feeds {
		for _, f := range feeds {
			f.advance(now, marks, behind, e.categories, steps)
		}
	}
	for _, t := range e.instances {
		c, changed := e.evaluate(t, now, marks, behind)
		if !changed {
			continue
		}
		changes = append(changes, c)
		if c.End == EndNewLevel && c.From == Firing {
			changes = append(changes, e.startNotice(t, now))
		}
	}
	e.indexes.end()
	e.forget(now)
	e.evaluations++
	e.evaluated = now
	e.mu.Unlock()

	for _, c := range changes {
		e.report(c)
	}
	return changes
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

// Shorter returns the names of a source's rules with windows shorter than a time.
func (e *Engine) Shorter(source string, than time.Duration) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for _, r := range e.rules {
		w := r.When
		windowed := w.PerMinute != 0 || w.ShareOfRequests != 0 || w.Unlisted || w.FirstSeen != 0
		if windowed && w.Over < than && r.here() && r.selector.source(source) {
			names = append(names, r.Name)
		}
	}
	return names
}

// States returns the status of each rule that is evaluated here, in the order of
// the configuration, and the notices of new levels after it. A rule with by has
// one Status for each group that was met.
func (e *Engine) States() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Status
	for _, t := range e.instances {
		if t.rule.here() {
			list = append(list, t.status)
		}
	}
	for _, n := range e.notices {
		list = append(list, n.status())
	}
	return list
}

// Alerts returns what receivers should know now: the firing alerts, and those
// resolved within ResolvedFor. Alerts that have been muted since they began to
// fire are left out.
func (e *Engine) Alerts() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	alerts := slices.DeleteFunc(slices.Clone(e.resolved), func(a Alert) bool { return a.Unsent })
	for _, t := range e.instances {
		if t.status.State == Firing && !t.status.Unsent {
			alerts = append(alerts, t.status.alert())
		}
	}
	for _, n := range e.notices {
		if !n.Alert.Unsent {
			alerts = append(alerts, n.Alert)
		}
	}
	return alerts
}

// Resolved returns all alerts that were resolved within ResolvedFor, also those
// that receivers were never sent.
func (e *Engine) Resolved() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.resolved)
}
