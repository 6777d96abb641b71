package alert

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// detectors are the feeds of an engine with their detectors, which rules that count the
// same share. They are guarded by the engine's lock.
type detectors struct {
	log        *slog.Logger
	feeds      map[string][]*feed // by their sources
	cat        *codes.Catalogue
	categories categories
}

func newDetectors(log *slog.Logger) *detectors {
	return &detectors{log: log, feeds: make(map[string][]*feed)}
}

// use takes over a catalogue. Where its categories are others, the profiles learn
// again.
func (d *detectors) use(cat *codes.Catalogue) {
	same := d.cat != nil && slices.Equal(categoryNames(d.cat), categoryNames(cat))
	d.cat, d.categories = cat, categoriesOf(cat)
	if same {
		return
	}
	for _, feeds := range d.feeds {
		for _, f := range feeds {
			f.state.profile = detect.Profile{}
		}
	}
}

// advance reads the steps that the watermarks have passed.
func (d *detectors) advance(now time.Time, marks []metrics.Watermark, behind []string, steps *stepCache) {
	for _, feeds := range d.feeds {
		for _, f := range feeds {
			f.advance(now, marks, behind, d.categories, steps)
		}
	}
}

// attach gives the condition of an instance its streams.
func (d *detectors) attach(t *instance) {
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
		spec.categories, fault = t.rule.categories(d.cat, d.categories)
	} else {
		spec.selector = newSelector(match, d.cat)
		spec.categories, fault = d.categories.mask(spec.selector.examples(d.cat))
	}
	spec.settings.Fault = fault && spec.kind == failures
	sources := slices.Sorted(slices.Values(match.Sources))
	match.Sources = nil
	spec.counts = string(mustJSON([]any{spec.kind, match, spec.by, spec.group}))
	spec.key = spec.counts + string(mustJSON(spec.settings))
	feeds := d.feedsOf(sources)
	if spec.kind != failures {
		feeds = feeds[:1] // these are known of sources with requests only
	}
	for _, f := range feeds {
		f.add(&spec)
	}
	c.attach(feeds, &spec, d.cat)
}

// feedsOf returns the feeds of sources, with requests and without; no source is all
// of them.
func (d *detectors) feedsOf(sources []string) []*feed {
	key := strings.Join(sources, "\n")
	feeds := d.feeds[key]
	if feeds == nil {
		set := setOf(sources)
		feeds = []*feed{newFeed(set, true), newFeed(set, false)}
		d.feeds[key] = feeds
	}
	return feeds
}

// tidy drops the streams that no condition uses any more, and feeds without streams.
func (d *detectors) tidy(instances []*instance) {
	wanted := make(map[*feed]map[string]bool)
	for _, t := range instances {
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
	for key, feeds := range d.feeds {
		used := false
		for _, f := range feeds {
			f.keep(wanted[f])
			used = used || len(wanted[f]) > 0
		}
		if !used {
			delete(d.feeds, key)
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

// save returns what the detectors have learnt, without what they learnt on a
// copy while a source was catching up.
func (d *detectors) save() []savedFeed {
	var list []savedFeed
	for key, feeds := range d.feeds {
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

// restore gives the detectors back what save returned of them.
func (d *detectors) restore(list []savedFeed, names []string) {
	for _, saved := range list {
		feeds := d.feeds[strings.Join(saved.Sources, "\n")]
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
		if len(saved.Profile) > 0 && slices.Equal(names, categoryNames(d.cat)) { // else its indexes are others'
			d.complain("profile", detect.Restore(&f.state.profile, saved.Profile))
		}
		for _, raw := range saved.Streams {
			var from restoredStream
			if err := json.Unmarshal(raw, &from); err != nil {
				d.complain("stream", err)
				continue
			}
			for _, st := range f.state.streams {
				if st.key == from.Key || st.counts == from.Counts && st.detector.Last == 0 {
					d.complain(from.Key, st.restore(from))
				}
			}
		}
	}
}

// complain logs that something learnt is of no use.
func (d *detectors) complain(what string, err error) {
	if err != nil {
		d.log.Warn("what a detector has learnt is of no use any more, it learns anew", "rule", what, "err", err)
	}
}
