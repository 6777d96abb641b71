package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// firstSeen holds while a code occurs that had not occurred for long. It has to
// have watched for as long itself: what it meets at first is not news.
type firstSeen struct {
	after, over time.Duration
	seen        seenCodes
}

// seenCodes is what a checkpoint keeps; times are Unix nanoseconds.
type seenCodes struct {
	Began int64            `json:"began"` // of the watch; 0 for not yet
	Last  map[string]int64 `json:"last"`  // by server and number
	News  map[string]int64 `json:"news"`  // codes that came back, and when
}

func asksFirstSeen(w When) bool { return w.FirstSeen != 0 }

func newFirstSeen(w When) condition {
	return &firstSeen{w.FirstSeen, w.Over, seenCodes{Last: map[string]int64{}, News: map[string]int64{}}}
}

func (c *firstSeen) judge(now time.Time, v selection) result {
	fresh := now.Add(-c.over).UnixNano()
	if c.seen.Began == 0 {
		c.seen.Began = now.UnixNano()
	}
	settled := c.seen.Began != 0 && now.UnixNano()-c.seen.Began >= int64(c.after)
	for _, t := range v.windows.seen() {
		if !v.sel.selects(t.id, &t.entry) || !v.sel.source(t.source) {
			continue
		}
		key, at := codeKey(t.entry), t.last.UnixNano()
		c.seen.Began = min(c.seen.Began, t.first.UnixNano())
		last := c.seen.Last[key]
		if at <= last {
			continue
		}
		if settled && v.source(t.source) && at-last >= int64(c.after) && at > fresh {
			c.seen.News[key] = at
		}
		c.seen.Last[key] = at
	}
	maps.DeleteFunc(c.seen.News, func(_ string, at int64) bool { return at <= fresh })
	n := v.tallyOf(c.over, func(e codes.Entry) bool { return c.seen.News[codeKey(e)] != 0 })
	return result{
		holds:     n.total > 0,
		value:     float64(len(n.codes)),
		threshold: 1,
		because:   fmt.Sprintf("not seen for %s before", span(c.after)),
		tally:     n,
	}
}

func (c *firstSeen) patience() time.Duration { return max(c.over, time.Minute) }

func (c *firstSeen) remember() ([]byte, error) { return json.Marshal(c.seen) }

func (c *firstSeen) recall(b []byte) error {
	s := seenCodes{Last: map[string]int64{}, News: map[string]int64{}}
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s.Last != nil && s.News != nil {
		c.seen = s
	}
	return nil
}

func codeKey(e codes.Entry) string { return fmt.Sprintf("%s %d", e.DRM, e.Code) }

func checkFirstSeen(w When, f fault.Scope) {
	checkWindow(f, "over", w.Over)
	if w.FirstSeen < w.Over {
		f.Add("first_seen", "%s: must be at least as long as over, which is %s", w.FirstSeen, span(w.Over))
	}
}
