package alert

import (
	"maps"
	"slices"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// feed gives the detectors of one set of sources the steps that they count, each
// once and in order, as soon as the watermarks have passed it. Sources with
// licence requests and sources without have feeds of their own: what is divided
// by plays and what is not are not added up. A log of refused requests alone has no
// plays: its sources are among those without.
//
// While a source is catching up, its steps are filled out of order. The feed then
// goes on with the other sources alone, on a copy; when the source is there, the
// original reads what it missed in the order of the events: an incident that is
// over raises nothing, one that goes on fires.
type feed struct {
	sources map[string]bool // nil for all
	plays   bool            // of sources with licence requests
	state   feedState
	base    *feedState // as of when sources began to lag; nil while none does
	behind  []string
}

// feedState is what a feed has read and its detectors have learnt.
type feedState struct {
	last    int64            // the last step that was read; 0 for none
	read    map[string]int64 // by source: the step up to which it was read
	profile detect.Profile   // of sources without requests
	streams map[string]*stream
}

const (
	// feedSteps is how far back a feed reads: the step before is about to leave
	// the windows.
	feedSteps = int64(metrics.Retention/metrics.Step) - 1
	// waitSteps is how far the slowest source of a feed may lag the fastest
	// until the feed goes on without it; what it brings later counts in the step
	// that is read then.
	waitSteps = int64(2 * time.Minute / metrics.Step)
)

func newFeed(sources map[string]bool, plays bool) *feed {
	return &feed{sources: sources, plays: plays, state: feedState{read: make(map[string]int64), streams: make(map[string]*stream)}}
}

func (f *feed) source(name string) bool { return f.sources == nil || f.sources[name] }

// clone returns a copy with detectors of its own.
func (s *feedState) clone() *feedState {
	c := *s
	c.read, c.streams = maps.Clone(s.read), make(map[string]*stream, len(s.streams))
	for key, st := range s.streams {
		own := *st
		c.streams[key] = &own
	}
	return &c
}

// add makes the feed read a stream, which goes on if it is known.
func (f *feed) add(spec *streamSpec) {
	for _, s := range []*feedState{&f.state, f.base} {
		if s == nil {
			continue
		}
		if st := s.streams[spec.key]; st != nil {
			st.streamSpec = spec
			continue
		}
		st := newStream(spec)
		for _, known := range s.streams {
			if known.counts == spec.counts { // with other settings
				st.detector, st.collapse = known.detector, known.collapse
				st.detector.Settings = spec.settings
				break
			}
		}
		s.streams[spec.key] = st
	}
}

// keep drops the streams that are not wanted any more.
func (f *feed) keep(wanted map[string]bool) {
	for _, s := range []*feedState{&f.state, f.base} {
		if s != nil {
			maps.DeleteFunc(s.streams, func(key string, _ *stream) bool { return !wanted[key] })
		}
	}
}

// advance reads the steps that are complete at now.
func (f *feed) advance(now time.Time, marks []metrics.Watermark, behind []string, c categories, t *stepCache) {
	f.follow(behind)
	for _, s := range []*feedState{&f.state, f.base} {
		if s != nil {
			s.leave(marks, f.plays)
		}
	}
	members := make([]metrics.Watermark, 0, len(marks))
	for _, m := range marks {
		if f.source(m.Source) && m.Requests == f.plays && m.Passed > 0 && !slices.Contains(behind, m.Source) {
			members = append(members, m)
		}
	}
	if len(members) > 0 {
		f.state.advance(now, members, f.plays, c, t)
	}
}

// follow keeps apart what is known for certain from what is known without the
// sources that are catching up.
func (f *feed) follow(all []string) {
	var behind []string
	for _, s := range all {
		if f.source(s) {
			behind = append(behind, s)
		}
	}
	slices.Sort(behind)
	if slices.Equal(behind, f.behind) {
		return
	}
	if f.base == nil {
		f.base = f.state.clone()
	} else {
		f.state = *f.base.clone()
	}
	if len(behind) == 0 {
		f.base = nil
	}
	f.behind = behind
}

// advance reads the complete steps of the members.
func (s *feedState) advance(now time.Time, members []metrics.Watermark, plays bool, c categories, t *stepCache) {
	slowest, fastest, first := members[0].Passed, members[0].Passed, int64(0)
	for _, m := range members {
		slowest, fastest = min(slowest, m.Passed), max(fastest, m.Passed)
		if m.First > 0 && (first == 0 || m.First < first) {
			first = m.First
		}
	}
	end := max(slowest, fastest-waitSteps) // steps before it are read
	if s.last > end+feedSteps {            // the clock had been far ahead: nothing known is of use
		s.reset()
	}
	oldest := now.UnixNano()/int64(metrics.Step) - feedSteps
	from := max(s.last+1, oldest)
	if s.last == 0 {
		if first == 0 {
			return // what is before the first step with anything in it is unknown, not zero
		}
		from = max(first, oldest)
	}
	if from >= end {
		return
	}
	least := from
	for _, m := range members {
		if read, known := s.read[m.Source]; known {
			least = min(least, max(read, oldest))
		}
	}
	t.hold(least, end-1)
	for at := from; at < end; at++ {
		s.step(at, offsetOf(at, now.Location()), s.take(at, oldest, members), members, plays, c, t)
		s.last = at
	}
}

// leave forgets the sources that belong to the other feed now: the first granted
// request makes a source one with requests. What was judged without them is void
// where no source is left.
func (s *feedState) leave(marks []metrics.Watermark, plays bool) {
	left := false
	for _, m := range marks {
		if _, read := s.read[m.Source]; read && m.Requests != plays {
			delete(s.read, m.Source)
			left = true
		}
	}
	if left && len(s.read) == 0 {
		s.reset()
	}
}

func (s *feedState) reset() {
	s.last, s.profile = 0, detect.Profile{}
	clear(s.read)
	for key, st := range s.streams {
		s.streams[key] = newStream(st.streamSpec)
	}
}

// stepRange is the steps of one source that count in a step of the feed: that one, and
// what was not complete before.
type stepRange struct{ first, last int64 }

// take returns what is to be read of each member in the step at.
func (s *feedState) take(at, oldest int64, members []metrics.Watermark) map[string]stepRange {
	spans := make(map[string]stepRange, len(members))
	for _, m := range members {
		read, known := s.read[m.Source]
		if !known {
			read = at
		}
		until := min(m.Passed, at+1)
		if until > read {
			spans[m.Source] = stepRange{max(read, oldest), until - 1}
		}
		s.read[m.Source] = max(read, until)
	}
	return spans
}

// offsetOf is how many seconds east of UTC the local time of a step is.
func offsetOf(at int64, loc *time.Location) int {
	_, offset := time.Unix(at*detect.StepSeconds, 0).In(loc).Zone()
	return offset
}

// step gives all streams one step.
func (s *feedState) step(at int64, offset int, spans map[string]stepRange, members []metrics.Watermark, plays bool, c categories, t *stepCache) {
	least := at
	for _, sp := range spans {
		least = min(least, sp.first)
	}
	identity := metrics.ByClient
	for _, m := range members {
		identity = max(identity, m.Identity)
	}
	in := stepInput{at: at, offset: offset, identity: detect.Identity(identity)}
	failed := make(map[string]*failureRows)
	if plays {
		for k := least; k <= at; k++ {
			for _, p := range t.plays[k] {
				if sp, ok := spans[p.Source]; ok && k >= sp.first && k <= sp.last {
					in.plays = append(in.plays, p)
				}
			}
		}
	}
	rows := func(by string) *failureRows {
		list, known := failed[by]
		if !known {
			list = new(failureRows)
			for k := least; k <= at; k++ {
				for _, f := range t.failed(by, k) {
					if sp, ok := spans[f.Source]; ok && k >= sp.first && k <= sp.last {
						list.add(f)
					}
				}
			}
			failed[by] = list
		}
		return list
	}
	if !plays {
		s.profile.Step(at, offset, s.activity(c, rows("").all))
	}
	for _, st := range s.streams {
		st.step(&in, rows(st.by).of(st.group), plays, &s.profile)
	}
}

// activity returns what each category counted, and whether its alarm is on.
func (s *feedState) activity(c categories, rows []metrics.Failures) []detect.Activity {
	var all [detect.Categories]detect.Activity
	for i := range rows {
		all[c.of(rows[i].Entry.Category)].Refusals += float64(rows[i].Clients)
	}
	for _, st := range s.streams {
		if st.detector.Alarm().Level == detect.None {
			continue
		}
		for i := range all {
			all[i].Firing = all[i].Firing || st.categories&(1<<i) != 0
		}
	}
	return all[:]
}

// categories places each category of a catalogue in a profile.
type categories map[string]int

func categoriesOf(cat *codes.Catalogue) categories {
	c := make(categories)
	for _, name := range categoryNames(cat) {
		c[name] = min(len(c), detect.Categories-1)
	}
	return c
}

// categoryNames returns the categories of a catalogue and that of unlisted codes, in
// order.
func categoryNames(cat *codes.Catalogue) []string {
	names := []string{codes.CategoryUnlisted}
	for i := range cat.Len() {
		if name := cat.At(i).Category; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// mask returns the bits of the categories of entries, and whether all are faults.
func (c categories) mask(entries []codes.Entry) (bits uint32, fault bool) {
	fault = len(entries) > 0
	for _, e := range entries {
		bits |= 1 << c.of(e.Category)
		fault = fault && isFault(e)
	}
	return bits, fault
}

// of returns the index of a category; what is too many, or in no catalogue, is in
// the last one.
func (c categories) of(name string) int {
	if i, ok := c[name]; ok {
		return i
	}
	return detect.Categories - 1
}
