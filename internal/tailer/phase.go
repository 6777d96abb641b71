package tailer

import (
	"fmt"
	"time"
)

// phase is where a file is in its life. docs/following.md has the diagram.
type phase uint8

const (
	live     phase = iota // the path leads to it: it grows
	draining              // rotated away: its writer may still have it open
	complete              // nothing will be added: an unterminated last line counts
	finished              // read to its end and closed; the memory knows its text
)

func (p phase) String() string { return [...]string{"live", "draining", "complete", "finished"}[p] }

// next has the phases that may follow each.
var next = [...][]phase{
	live:     {draining},                 // rotated
	draining: {live, complete, finished}, // renamed back; quiet for long enough; its text is gone
	complete: {draining, live, finished}, // something was added after all; renamed back; read out
	finished: {},
}

// enter moves g to another phase. It is the only place that does.
func (g *generation) enter(p phase, now time.Time) {
	if g.phase == p {
		return
	}
	for _, may := range next[g.phase] {
		if may == p {
			g.phase, g.since = p, now
			if p == finished {
				g.close()
			}
			return
		}
	}
	panic(fmt.Sprintf("a %s file can not become %s", g.phase, p))
}
