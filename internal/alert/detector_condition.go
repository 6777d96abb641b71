package alert

import (
	"cmp"
	"slices"
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
