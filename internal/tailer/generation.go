package tailer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"github.com/cespare/xxhash/v2"
)

// generation is one file (inode) and how far it is read. It belongs to one
// lineage and is touched only by who holds that lineage's lock.
type generation struct {
	id   identity
	path string // where it was opened, for messages
	real string // beside what it and its like lie, where its lineage's path does not tell; or empty

	room    *rooms // where its descriptor is counted, while it is live
	file    *os.File
	content content // nil while asleep: finished and closed, but still there
	kind    compression

	fingerprint        // of what is committed; offset is after its last record
	begin       []byte // the bytes of its head, while that grows
	marks       marks

	size    int64 // at the last look; of what is compressed, unknown until its end: offset
	mod     int64
	links   uint64
	sparse  bool
	grew    time.Time // when it was last seen to change
	away    time.Time // when its path was found to lead elsewhere; zero while live
	failing time.Time // since when it can not be read; zero while it can

	target   int64  // what lies before it was there when Run began
	scanned  int64  // beyond offset: up to here there is no end of an over-long line, or of a hole
	hole     bool   // scanned is about a hole
	parsed   int64  // beyond offset: lines up to here were parsed and held back
	recorded bool   // its position is known to the sink
	finished bool   // it was read to its end and closed, for nothing is added any more
	final    bool   // nothing will be added: an unterminated last line counts
	moved    Key    // its position was this file's before; zero for none
	sighted  bool   // it was found beside the path, never at it
	tail     ending // what an unterminated last line is
	grown    bool   // it changed since it was opened
	ended    bool   // the last read came to its end
	waiting  bool   // what was read last is held back until it is settled
	checked  bool   // its head was verified in this run
}

// ending is what an unterminated line at the end of a finished generation is.
type ending uint8

const (
	whole     ending = iota // a line
	cut                     // a part of one: the file is a copy made before a truncation
	elsewhere               // in another file, where it goes on
)

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
		g.grew, g.grown = now, true
	}
	g.size = max(g.size, end)
}

// asleep reports whether g is finished and closed.
func (g *generation) asleep() bool { return g.content == nil }

// sleep closes the file. What is needed to know it again is kept.
func (g *generation) sleep() {
	if g.content != nil {
		_ = g.content.Close()
	}
	g.vacate()
	g.content, g.file, g.scanned, g.parsed = nil, nil, 0, 0
}

// vacate gives the place of a live file to others.
func (g *generation) vacate() {
	if g.room != nil {
		g.room.free()
		g.room = nil
	}
}

// wake opens the file again at path, at the offset it had. It reports whether it
// is the file it was.
func (g *generation) wake(path string, now time.Time) (bool, error) {
	c, f, st, err := open(path)
	if err != nil {
		return false, err
	}
	same, err := g.fingerprint.in(c)
	if err != nil || st.id != g.id || !same && g.offset > 0 {
		_ = c.Close()
		return false, err
	}
	g.path, g.file, g.content, g.grew = path, f, c, now
	g.final, g.finished, g.ended, g.failing = g.kind != plain, false, false, time.Time{}
	g.see(st)
	return true, nil
}

// position is what the sink is told.
func (g *generation) position(l *lineage) Position {
	return Position{
		Source: l.source.cfg.Name, Name: l.path, Place: g.real, Device: g.id.dev, Inode: g.id.ino,
		Offset: g.offset, Head: g.head, HeadLen: g.headLen,
		Guard: g.guard, GuardLen: g.guardLen, ModTime: g.mod, Marks: g.marks.pack(), Finished: g.finished,
	}
}

// advance moves the offset over n bytes, which are the last of before: the bytes
// that end at the new offset, with as many of those in front of them as the
// guard held.
func (g *generation) advance(before []byte, n int) {
	if g.offset > 0 {
		g.marks.commit(g.offset, g.guard)
	}
	if g.headLen < headMax && int64(len(g.begin)) == g.offset {
		g.setHead(append(g.begin, before[len(before)-n:][:min(n, headMax-g.headLen)]...))
	}
	g.offset += int64(n)
	g.marks.cover(before, g.offset)
	before = before[max(0, len(before)-guardMax):]
	g.guard, g.guardLen = xxhash.Sum64(before), len(before)
	g.scanned, g.parsed = 0, 0
}

func (g *generation) setHead(b []byte) {
	g.begin, g.head, g.headLen = b, xxhash.Sum64(b), len(b)
	if g.headLen == headMax {
		g.begin = nil
	}
}

// anchor sets the offset to where reading begins in the midst of the content.
func (g *generation) anchor(offset int64) error {
	var b [headMax]byte
	head, guard := b[:min(offset, headMax)], min(offset, guardMax)
	if n, err := readFull(g.content, head, 0); err != nil || n < len(head) {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	begin := bytes.Clone(head)
	marks, err := marksOf(g.content, offset)
	if err != nil {
		return err
	}
	if n, err := readFull(g.content, b[:guard], offset-guard); err != nil || int64(n) < guard {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	g.marks = marks
	g.setHead(begin)
	g.offset, g.guard, g.guardLen = offset, xxhash.Sum64(b[:guard]), int(guard)
	g.size = max(g.size, offset)
	g.scanned, g.parsed = 0, 0
	return nil
}

// resume sets g to where p says it was read to, also if it was rewritten since:
// the next read will see that, and look for what p was saved of.
func (g *generation) resume(p *Position) {
	g.fingerprint = p.fingerprint()
	g.size = max(g.size, g.offset)
	if g.headLen < headMax {
		b := make([]byte, g.headLen)
		if n, err := readFull(g.content, b, 0); err == nil && n == len(b) && xxhash.Sum64(b) == g.head {
			g.begin = b
		}
	}
	g.marks = unpackMarks(p.Marks)
}

// earlier reports whether s, opened as c, is what this file was before it grew
// to offset.
func (g *generation) earlier(s sibling, c content) (bool, error) {
	if s.kind != plain { // spare decompressing all of it
		var b [headMax]byte
		n, err := readFull(c, b[:g.headLen], 0)
		if err != nil || n == g.headLen && xxhash.Sum64(b[:n]) != g.head {
			return false, err
		}
	}
	size, err := s.plainSize(c)
	if err != nil || size >= g.offset {
		return false, err
	}
	if size >= int64(g.headLen) {
		if same, err := g.headIn(c); !same {
			return false, err
		}
	}
	return g.marks.in(c, size)
}

// restart begins the file anew: its content is another.
func (g *generation) restart(now time.Time) {
	g.fingerprint, g.begin, g.marks = fingerprint{}, nil, marks{}
	g.target, g.scanned, g.parsed, g.size = 0, 0, 0, 0
	g.recorded, g.ended, g.grew, g.checked = false, false, now, false
}

// quiet reports whether nothing was added for d.
func (g *generation) quiet(now time.Time, d time.Duration) bool { return now.Sub(g.grew) >= d }
