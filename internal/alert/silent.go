package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// silent holds while a source that was alive has no line any more, or while
// licence requests bring no licence any more. Only lines that were written
// while the daemon watched make a source alive: old logs that nobody writes to
// may be silent.
type silent struct {
	after time.Duration
	heard hearing
}

// hearing is what a checkpoint keeps; times are Unix nanoseconds.
type hearing struct {
	Sources map[string]heard `json:"sources"`
	Refused bool             `json:"refused,omitempty"` // no licence is granted, although some used to be
}

// heard is what is known of one source.
type heard struct {
	Lines uint64 `json:"lines"`
	At    int64  `json:"at"` // when there were more of them
	Alive bool   `json:"alive,omitempty"`
	Late  bool   `json:"late,omitempty"` // it was catching up the last time: its next lines may still be old
	Marks []mark `json:"marks"`          // of the hour before At, a few minutes apart, the oldest first
}

// mark is how many lines a source had at a time.
type mark struct {
	Lines uint64 `json:"lines"`
	At    int64  `json:"at"`
}

// markEvery is how far apart marks are.
const markEvery = 5 * time.Minute

// more notes that a source has more lines.
func (h heard) more(lines uint64, now int64) heard {
	h = heard{Lines: lines, At: now, Alive: true, Marks: h.Marks}
	if n := len(h.Marks); n == 0 || now-h.Marks[n-1].At >= int64(markEvery) {
		h.Marks = append(slices.Clone(h.Marks), mark{lines, now})
	}
	for len(h.Marks) > 1 && h.Marks[1].At <= now-int64(time.Hour) {
		h.Marks = h.Marks[1:]
	}
	return h
}

// lastHour is how many lines the source had in the hour before it fell silent.
func (h heard) lastHour() uint64 {
	if len(h.Marks) == 0 {
		return 0
	}
	return h.Lines - h.Marks[0].Lines
}

// leastUsual is how many licences, or lines, a window must usually hold for none
// to be no accident: by chance that is 5 in 100 000. A source that speaks three
// times an hour is not silent after fifteen minutes.
const leastUsual = 10

func asksSilent(w When) bool { return w.Silent != 0 }

func newSilent(w When) condition {
	return &silent{w.Silent, hearing{Sources: map[string]heard{}}}
}

func (c *silent) judge(now time.Time, v view) verdict {
	quiet, longest := c.listen(now, v)
	c.heard.Refused = c.refused(v)
	var because []string
	if len(quiet) > 0 {
		because = append(because, fmt.Sprintf("no line from %s for %s, fires at %s", strings.Join(quiet, ", "), lasting(longest), span(c.after)))
	}
	if c.heard.Refused {
		because = append(because, fmt.Sprintf("no licence granted for %s, although there used to be some", span(c.after)))
		longest = max(longest, c.after)
	}
	return verdict{
		holds:     len(because) > 0,
		value:     longest.Seconds(),
		threshold: c.after.Seconds(),
		because:   strings.Join(because, "; "),
		tally:     tally{sources: quiet},
	}
}

// listen notes new lines, and returns the sources that have been silent for
// too long, and for how long the one that was so first.
func (c *silent) listen(now time.Time, v view) (quiet []string, longest time.Duration) {
	for _, s := range v.windows.Sources() {
		if !v.sel.source(s.Name) {
			continue
		}
		h, known := c.heard.Sources[s.Name]
		switch behind := slices.Contains(v.behind, s.Name); {
		case !known || behind || h.Late || s.Lines < h.Lines || h.At > now.UnixNano():
			h = heard{s.Lines, now.UnixNano(), h.Alive, behind, []mark{{s.Lines, now.UnixNano()}}}
		case s.Lines > h.Lines:
			h = h.more(s.Lines, now.UnixNano())
		case h.Alive && now.UnixNano()-h.At >= int64(c.after) && float64(h.lastHour())*c.after.Hours() >= leastUsual:
			quiet = append(quiet, s.Name)
			longest = max(longest, now.Sub(time.Unix(0, h.At)))
		}
		c.heard.Sources[s.Name] = h
	}
	slices.Sort(quiet)
	return quiet, longest
}

// refused reports whether licences are asked for, but none is granted where
// some should be. Once that is so, it ends with the next licence only.
func (c *silent) refused(v view) bool {
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
	var h hearing
	if err := json.Unmarshal(b, &h); err != nil {
		return err
	}
	if h.Sources != nil {
		c.heard = h
	}
	return nil
}

func checkSilent(w When, f *faults) { checkWindow(f, "silent", w.Silent) }
