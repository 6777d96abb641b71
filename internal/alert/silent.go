package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/fault"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// silent holds while a source that was alive has no line for longer than it ever
// has, or while licence requests bring no licence any more. What is usual is learnt
// in a day; until then a source is silent where thirty lines should have come. Only
// lines that were written while the daemon watched make a source alive: old logs
// that no process writes to may be silent.
type silent struct {
	after time.Duration
	heard savedSilence
	usual time.Duration // the longest usual silence of those that are silent; 0 while it is not known
}

// savedSilence is what a checkpoint keeps; times are Unix nanoseconds.
type savedSilence struct {
	Sources map[string]sourceLines `json:"sources"`
	Refused bool                   `json:"refused,omitempty"` // no licence is granted, although some used to be
}

// sourceLines is what is known of one source.
type sourceLines struct {
	Lines uint64      `json:"lines"`
	At    int64       `json:"at"` // when there were more of them
	Alive bool        `json:"alive,omitempty"`
	Late  bool        `json:"late,omitempty"` // it was catching up the last time: its next lines may still be old
	Marks []lineCount `json:"marks"`          // of the hour before At, a few minutes apart, the oldest first

	Usual   detect.Silence `json:"usual"`
	Step    int64          `json:"step,omitempty"`    // the present one by the clock of arrival
	Counted uint64         `json:"counted,omitempty"` // lines at its beginning
}

const (
	// leastHeard is how many steps make a day, from which on what was learnt counts.
	leastHeard = 24 * 60 * 60 / detect.StepSeconds
	// listenGap is how many steps the condition may go unseen without taking them for
	// steps in which no daemon listened.
	listenGap = 6
)

// listen feeds the steps that are over.
func (h sourceLines) listen(now time.Time, after time.Duration, lines uint64) sourceLines {
	h.Usual.After = after.Seconds()
	step := stepOf(now)
	if h.Step > 0 && step > h.Step && step-h.Step <= listenGap && lines >= h.Counted {
		for at := h.Step; at < step; at++ {
			n := float64(0)
			if at == h.Step {
				n = float64(lines - h.Counted)
			}
			h.Usual.Step(at, offsetOf(at, now.Location()), n)
		}
	}
	if step != h.Step {
		h.Step, h.Counted = step, lines
	}
	return h
}

// silent reports whether no line came for too long since At.
func (h sourceLines) silent(now int64, after time.Duration) bool {
	switch {
	case !h.Alive || now-h.At < int64(after):
		return false
	case h.Usual.Learnt >= leastHeard:
		return h.Usual.Gap().Level >= detect.Ticket
	}
	return float64(h.lastHour())*time.Duration(now-h.At).Hours() >= leastLines
}

// lineCount is how many lines a source had at a time.
type lineCount struct {
	Lines uint64 `json:"lines"`
	At    int64  `json:"at"`
}

// markEvery is how far apart marks are.
const markEvery = 5 * time.Minute

// more notes that a source has more lines.
func (h sourceLines) more(lines uint64, now int64) sourceLines {
	h.Lines, h.At, h.Alive, h.Late = lines, now, true, false
	if n := len(h.Marks); n == 0 || now-h.Marks[n-1].At >= int64(markEvery) {
		h.Marks = append(slices.Clone(h.Marks), lineCount{lines, now})
	}
	for len(h.Marks) > 1 && h.Marks[1].At <= now-int64(time.Hour) {
		h.Marks = h.Marks[1:]
	}
	return h
}

// lastHour is how many lines the source had in the hour before it fell silent.
func (h sourceLines) lastHour() uint64 {
	if len(h.Marks) == 0 {
		return 0
	}
	return h.Lines - h.Marks[0].Lines
}

// leastUsual is how many licences, or lines, a window must usually hold for none
// to be no accident: by chance that is 5 in 100 000. A source that writes three
// lines an hour is not silent after fifteen minutes.
const leastUsual = 10

// leastLines is how many lines should have come, by the last hour, since a source
// fell silent of which nothing is learnt yet: clients that retry write three at a
// time, and ten that do not come are no accident.
const leastLines = 30

func asksSilent(w When) bool { return w.Silent != 0 }

func newSilent(w When) condition {
	return &silent{after: w.Silent, heard: savedSilence{Sources: map[string]sourceLines{}}}
}

func (c *silent) judge(now time.Time, v selection) result {
	c.usual = 0
	quiet, longest := c.listen(now, v)
	c.heard.Refused = c.refused(v)
	var because []string
	if len(quiet) > 0 {
		text := fmt.Sprintf("no line from %s for %s, fires at %s", strings.Join(quiet, ", "), lasting(longest), span(c.after))
		if c.usual > 0 {
			text = fmt.Sprintf("no line from %s for %s; the third longest silence of the last 14 days was %s, at this hour's rate",
				strings.Join(quiet, ", "), lasting(longest), lasting(c.usual))
		}
		because = append(because, text)
	}
	if c.heard.Refused {
		because = append(because, fmt.Sprintf("no licence granted for %s, although there used to be some", span(c.after)))
		longest = max(longest, c.after)
	}
	return result{
		holds:     len(because) > 0,
		value:     longest.Seconds(),
		threshold: c.after.Seconds(),
		because:   strings.Join(because, "; "),
		tally:     tally{sources: quiet},
	}
}

// listen notes new lines, and returns the sources that have been silent for
// too long, and for how long the one that was so first.
func (c *silent) listen(now time.Time, v selection) (quiet []string, longest time.Duration) {
	for _, s := range v.windows.Sources() {
		if !v.sel.source(s.Name) {
			continue
		}
		h, known := c.heard.Sources[s.Name]
		switch behind := slices.Contains(v.behind, s.Name); {
		case !known || behind || h.Late || s.Lines < h.Lines || h.At > now.UnixNano():
			h = sourceLines{
				Lines: s.Lines, At: now.UnixNano(), Alive: h.Alive, Late: behind, Marks: []lineCount{{s.Lines, now.UnixNano()}}, Usual: h.Usual,
			}
		case s.Lines > h.Lines:
			h = h.listen(now, c.after, s.Lines).more(s.Lines, now.UnixNano())
		default:
			h = h.listen(now, c.after, s.Lines)
			if h.silent(now.UnixNano(), c.after) {
				quiet = append(quiet, s.Name)
				longest = max(longest, now.Sub(time.Unix(0, h.At)))
				if usual := h.Usual.Gap().Usual; h.Usual.Learnt >= leastHeard {
					c.usual = max(c.usual, time.Duration(usual*float64(time.Second)))
				}
			}
		}
		c.heard.Sources[s.Name] = h
	}
	slices.Sort(quiet)
	return quiet, longest
}

// refused reports whether licences are asked for, but none is granted where
// some should be. Once that is so, it ends with the next licence only.
func (c *silent) refused(v selection) bool {
	if c.after > metrics.Retention/2 {
		return false // there would be nothing to compare with
	}
	granted := v.requests(c.after)[parser.Granted]
	usual := float64(v.requests(metrics.Retention)[parser.Granted]) * c.after.Hours() / metrics.Retention.Hours()
	return granted == 0 && (c.heard.Refused || usual >= leastUsual)
}

func (c *silent) patience() time.Duration { return time.Minute }

func (c *silent) remember() ([]byte, error) { return json.Marshal(c.heard) }

func (c *silent) recall(b []byte) error {
	var h savedSilence
	if err := json.Unmarshal(b, &h); err != nil {
		return err
	}
	for name, s := range h.Sources {
		if !s.Usual.Sound() {
			return fmt.Errorf("what is usual of source %q cannot be", name)
		}
	}
	if h.Sources != nil {
		c.heard = h
	}
	return nil
}

func checkSilent(w When, f fault.Scope) { checkWindow(f, "silent", w.Silent) }
