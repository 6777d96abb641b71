package tailer

import (
	"bytes"
	"os"
	"time"

	"github.com/cespare/xxhash/v2"
)

// generation is one file (inode) and how far it is read. It belongs to one
// lineage and is touched only by who holds that lineage's lock.
type generation struct {
	id   identity
	path string // where it was opened, for messages
	real string // where its path led through symlinks, for its siblings lie there too; or empty

	file    *os.File
	content content // nil while asleep: finished and closed, but still there
	kind    compression

	offset   int64  // after the last record that is committed
	head     []byte // the first bytes before offset, at most headMax
	guard    uint64 // hash of the guardLen bytes before offset
	guardLen int
	marks    []mark

	size    int64 // at the last look; of what is compressed, unknown until its end: offset
	mod     int64
	links   uint64
	sparse  bool
	grew    time.Time // when it was last seen to change
	away    time.Time // when its path was found to lead elsewhere; zero while live
	failing time.Time // since when it can not be read; zero while it can

	target   int64 // what lies before it was there when Run began
	scanned  int64 // beyond offset: up to here there is no end of an over-long line, or of a hole
	hole     bool  // scanned is about a hole
	parsed   int64 // beyond offset: lines up to here were parsed and held back
	recorded bool  // its position is known to the sink
	final    bool  // nothing will be added: an unterminated last line counts
	sighted  bool  // it was found beside the path, never at it
	tail     tail  // what an unterminated last line is
	ended    bool  // the last read came to its end
	waiting  bool  // what was read last is held back until it is settled
	checked  bool  // its head was verified in this run
}

// tail is what an unterminated line at the end of a finished generation is.
type tail uint8

const (
	whole tail = iota // a line
	cut               // a part of one: the file is a copy made before a truncation
	moved             // in another file, where it goes on
)

// mark is an earlier guard. By marks an older copy of a file is recognised.
type mark struct {
	offset   int64
	guard    uint64
	guardLen int
}

// openGeneration opens path at offset 0.
func openGeneration(path, real string, now time.Time) (*generation, error) {
	c, f, st, err := open(path)
	if err != nil {
		return nil, err
	}
	g := &generation{id: st.id, path: path, real: real, file: f, content: c, kind: compressionOf(path), grew: now}
	g.see(st)
	g.final = g.kind != plain
	return g, nil
}

// see takes in what a look showed and reports whether it changed.
func (g *generation) see(st look) bool {
	changed := st.size != g.size || st.mod != g.mod
	g.mod, g.links, g.sparse = st.mod, st.links, st.sparse
	if g.kind == plain {
		g.size = st.size
	} else {
		changed = false
	}
	return changed
}

// trust takes in a look that proved to be at the content that was read before;
// end is how far there is something to read.
func (g *generation) trust(st look, end int64, now time.Time) {
	g.failing = time.Time{}
	if g.kind != plain {
		g.size = max(g.size, end)
		return
	}
	if g.see(st) {
		g.grew = now
	}
	g.size = max(g.size, end)
}

// sleep closes the file. What is needed to know it again is kept.
func (g *generation) sleep() {
	if g.content != nil {
		_ = g.content.Close()
	}
	g.content, g.file, g.scanned, g.parsed = nil, nil, 0, 0
}

// wake opens the file again at path, at the offset it had. It reports whether it
// is the file it was.
func (g *generation) wake(path string, now time.Time) (bool, error) {
	c, f, st, err := open(path)
	if err != nil {
		return false, err
	}
	same, err := g.fingerprint().in(c)
	if err != nil || st.id != g.id || !same && g.offset > 0 {
		_ = c.Close()
		return false, err
	}
	g.path, g.file, g.content, g.grew = path, f, c, now
	g.final, g.ended, g.failing = g.kind != plain, false, time.Time{}
	g.see(st)
	return true, nil
}

func (g *generation) fingerprint() fingerprint {
	return fingerprint{offset: g.offset, head: xxhash.Sum64(g.head), headLen: len(g.head), guard: g.guard, guardLen: g.guardLen}
}

// position is what the sink is told.
func (g *generation) position(l *lineage) Position {
	return Position{
		Source: l.source.cfg.Name, Name: l.path, Device: g.id.dev, Inode: g.id.ino,
		Offset: g.offset, Head: xxhash.Sum64(g.head), HeadLen: len(g.head),
		Guard: g.guard, GuardLen: g.guardLen, ModTime: g.mod,
	}
}

// advance moves the offset over n bytes, which are the last of before: the bytes
// that end at the new offset, with as many of those in front of them as the
// guard held.
func (g *generation) advance(before []byte, n int) {
	if g.offset > 0 {
		g.mark()
	}
	if room := headMax - len(g.head); room > 0 && int64(len(g.head)) == g.offset {
		g.head = append(g.head, before[len(before)-n:][:min(n, room)]...)
	}
	g.offset += int64(n)
	before = before[max(0, len(before)-guardMax):]
	g.guard, g.guardLen = xxhash.Sum64(before), len(before)
	g.scanned, g.parsed = 0, 0
}

// anchor sets the offset to where reading begins in the midst of the content.
func (g *generation) anchor(offset int64) error {
	var b [headMax]byte
	n, err := readFull(g.content, b[:min(offset, headMax)], 0)
	if err != nil {
		return err
	}
	head := bytes.Clone(b[:n])
	n, err = readFull(g.content, b[:min(offset, guardMax)], max(0, offset-guardMax))
	if err != nil {
		return err
	}
	if g.offset > 0 {
		g.mark()
	}
	g.offset, g.head, g.guard, g.guardLen = offset, head, xxhash.Sum64(b[:n]), n
	g.size = max(g.size, offset)
	g.scanned, g.parsed = 0, 0
	return nil
}

// restart begins the file anew: its content is another.
func (g *generation) restart(now time.Time) {
	g.offset, g.head, g.guard, g.guardLen, g.marks = 0, nil, 0, 0, nil
	g.target, g.scanned, g.parsed, g.size = 0, 0, 0, 0
	g.recorded, g.ended, g.grew, g.checked = false, false, now, false
}

// maxMarks bounds marks: the newest are all kept, of older ones every second,
// fourth and so on.
const maxMarks = 64

func (g *generation) mark() {
	if len(g.marks) == maxMarks {
		kept := g.marks[:0]
		for i, m := range g.marks {
			if i >= maxMarks/2 || i%2 == 0 {
				kept = append(kept, m)
			}
		}
		g.marks = kept
	}
	g.marks = append(g.marks, mark{g.offset, g.guard, g.guardLen})
}

// earlier reports whether c, which is size bytes long, is what this file was
// before it grew to offset.
func (g *generation) earlier(c content, size int64) (bool, error) {
	if size >= g.offset {
		return false, nil
	}
	for i := len(g.marks) - 1; i >= 0; i-- {
		if m := g.marks[i]; m.offset <= size {
			var b [guardMax]byte
			return hashIs(c, b[:m.guardLen], m.offset-int64(m.guardLen), m.guard)
		}
	}
	return false, nil
}

// quiet reports whether nothing was added for d.
func (g *generation) quiet(now time.Time, d time.Duration) bool { return now.Sub(g.grew) >= d }
