package alert

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/codes"
)

// detectorCondition is a condition that a detector judges: the detectors of its stream in the
// feed of sources with licence requests and in that of sources without. They belong
// to the engine, since rules share them.
type detectorCondition struct {
	feeds []*feed
	spec  *streamSpec
	cat   *codes.Catalogue
	level detect.Level // from which on the condition holds
}

// detectorUser is a condition that is judged by detectors.
type detectorUser interface {
	condition
	// specify returns what the detectors count, in a rule and one of its groups.
	specify(r *rule) streamSpec
	attach(feeds []*feed, spec *streamSpec, cat *codes.Catalogue)
	attached() *detectorCondition
}

func (c *detectorCondition) attach(feeds []*feed, spec *streamSpec, cat *codes.Catalogue) {
	c.feeds, c.spec, c.cat = feeds, spec, cat
}

func (c *detectorCondition) attached() *detectorCondition { return c }

// streams returns the streams of the condition, those by plays first.
func (c *detectorCondition) streams() []*stream {
	list := make([]*stream, 0, 2) // so few that they are on the caller's stack
	for _, f := range c.feeds {
		if st := f.state.streams[c.spec.key]; st != nil {
			list = append(list, st)
		}
	}
	return list
}

// loudest returns the stream with the highest alarm; where none is on, the one with
// the latest alarm.
func (c *detectorCondition) highestAlarm() *stream {
	return slices.MaxFunc(c.streams(), func(a, b *stream) int {
		x, y := a.detector.Alarm(), b.detector.Alarm()
		return cmp.Or(cmp.Compare(x.Level, y.Level), cmp.Compare(x.Evidence, y.Evidence), cmp.Compare(a.was.Fired, b.was.Fired))
	})
}

// accept makes the present number normal, and ends the alarm.
func (c *detectorCondition) accept(time.Time) {
	for _, f := range c.feeds {
		for _, s := range []*feedState{&f.state, f.base} {
			if s == nil || s.streams[c.spec.key] == nil {
				continue
			}
			st := s.streams[c.spec.key]
			if was := st.detector.Alarm(); st.detector.Accept() != detect.NotEnded {
				st.end, st.was = detect.Accepted, was
			}
			if st.collapse.Accept() != detect.NotEnded {
				st.end = detect.Accepted
			}
		}
	}
}

// endOf is how an alert ends that a detector has ended so.
func endOf(e detect.End) End {
	switch e {
	case detect.NewLevel:
		return EndNewLevel
	case detect.Accepted:
		return EndAccepted
	}
	return ""
}

// attach gives the condition of an instance its streams. The caller holds the lock.
func (e *Engine) attach(t *instance) {
	c, ok := t.condition.(detectorUser)
	if !ok {
		return
	}
	spec := c.specify(t.rule)
	match := t.rule.Match
	if spec.by, spec.group = t.rule.by(), t.group; spec.by == ByCategory {
		match.Categories, spec.by, spec.group = []string{t.group}, "", ""
	}
	var fault bool
	if sel := &t.rule.selector; spec.by == t.rule.by() {
		spec.selector = *sel
		spec.categories, fault = t.rule.categories(e.cat, e.categories)
	} else {
		spec.selector = newSelector(match, e.cat)
		spec.categories, fault = e.categories.mask(spec.selector.examples(e.cat))
	}
	spec.settings.Fault = fault && spec.kind == failures
	sources := slices.Sorted(slices.Values(match.Sources))
	match.Sources = nil
	spec.counts = string(mustJSON([]any{spec.kind, match, spec.by, spec.group}))
	spec.key = spec.counts + string(mustJSON(spec.settings))
	feeds := e.feedsOf(sources)
	if spec.kind != failures {
		feeds = feeds[:1] // these are known of sources with requests only
	}
	for _, f := range feeds {
		f.add(&spec)
	}
	c.attach(feeds, &spec, e.cat)
}

// feedsOf returns the feeds of sources, with requests and without; no source is all
// of them. The caller holds the lock.
func (e *Engine) feedsOf(sources []string) []*feed {
	key := strings.Join(sources, "\n")
	feeds := e.feeds[key]
	if feeds == nil {
		set := setOf(sources)
		feeds = []*feed{newFeed(set, true), newFeed(set, false)}
		e.feeds[key] = feeds
	}
	return feeds
}

// tidy drops the streams that no condition uses any more, and feeds without streams.
// The caller holds the lock.
func (e *Engine) tidy() {
	wanted := make(map[*feed]map[string]bool)
	for _, t := range e.instances {
		if c, ok := t.condition.(detectorUser); ok {
			a := c.attached()
			for _, f := range a.feeds {
				if wanted[f] == nil {
					wanted[f] = make(map[string]bool)
				}
				wanted[f][a.spec.key] = true
			}
		}
	}
	for key, feeds := range e.feeds {
		used := false
		for _, f := range feeds {
			f.keep(wanted[f])
			used = used || len(wanted[f]) > 0
		}
		if !used {
			delete(e.feeds, key)
		}
	}
}

// savedFeed is what a checkpoint keeps of a feed.
type savedFeed struct {
	Sources []string          `json:"sources,omitempty"` // none for all
	Plays   bool              `json:"plays,omitempty"`
	Last    int64             `json:"last"`
	Read    map[string]int64  `json:"read,omitempty"`
	Profile json.RawMessage   `json:"profile,omitempty"`
	Streams []json.RawMessage `json:"streams,omitempty"`
}

// saveFeeds returns what the detectors have learnt, without what they learnt on a
// copy while a source was catching up. The caller holds the lock.
func (e *Engine) saveFeeds() []savedFeed {
	var list []savedFeed
	for key, feeds := range e.feeds {
		for _, f := range feeds {
			s := &f.state
			if f.base != nil {
				s = f.base
			}
			if s.last == 0 {
				continue
			}
			saved := savedFeed{Plays: f.plays, Last: s.last, Read: make(map[string]int64, len(s.read))}
			if key != "" {
				saved.Sources = strings.Split(key, "\n")
			}
			for name, step := range s.read {
				saved.Read[name] = step
			}
			if !f.plays {
				saved.Profile = mustJSON(&s.profile)
			}
			for _, st := range s.streams {
				saved.Streams = append(saved.Streams, mustJSON(st.save()))
			}
			list = append(list, saved)
		}
	}
	return list
}

// mustJSON encodes a state of numbers.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // it is learnt again
	}
	return b
}

// restoreFeeds gives the detectors back what saveFeeds returned of them. The caller
// holds the lock.
func (e *Engine) restoreFeeds(list []savedFeed, names []string) {
	for _, saved := range list {
		feeds := e.feeds[strings.Join(saved.Sources, "\n")]
		if feeds == nil || saved.Last <= 0 {
			continue
		}
		f := feeds[1]
		if saved.Plays {
			f = feeds[0]
		}
		f.state.last = saved.Last
		for name, step := range saved.Read {
			f.state.read[name] = step
		}
		if len(saved.Profile) > 0 && slices.Equal(names, categoryNames(e.cat)) { // else its indexes are others'
			e.complain("profile", detect.Restore(&f.state.profile, saved.Profile))
		}
		for _, raw := range saved.Streams {
			var from restoredStream
			if err := json.Unmarshal(raw, &from); err != nil {
				e.complain("stream", err)
				continue
			}
			for _, st := range f.state.streams {
				if st.key == from.Key || st.counts == from.Counts && st.detector.Last == 0 {
					e.complain(from.Key, st.restore(from))
				}
			}
		}
	}
}

// complain logs that something learnt is of no use.
func (e *Engine) complain(what string, err error) {
	if err != nil {
		e.log.Warn("what a detector has learnt is of no use any more, it learns anew", "rule", what, "err", err)
	}
}
