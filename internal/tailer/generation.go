package tailer

import (
	"time"

	"wvwatch/internal/tailer/logfs"
)

// generation is one file (inode) and how far it is read. It belongs to one
// log path and is touched only by who holds that log path's lock.
type generation struct {
	id    ID
	inode logfs.Identity
	path  string // where it was opened, for messages
	real  string // where its siblings are, if not next to its log path's path; or empty

	phase     phase
	since     time.Time // when the phase began
	file      *logfs.File
	openFiles *openFiles // where its descriptor is counted, while it is live

	print  logfs.Fingerprint // of what is committed; its Offset is after the last record
	header header
	saved  bool // its position, under the present name, is committed
	owned  bool // it was given to the logPath by the memory, not found new

	size   int64 // of the text at the last look; of what is compressed, unknown until its end: Offset
	disk   int64 // of the file at the last look
	mod    int64
	links  uint64
	packed bool
	sparse bool

	grew    time.Time // when it was last seen to change
	added   time.Time // when something was added last before it was opened
	looked  time.Time // when it was last looked at after it was rotated away
	grown   bool      // it changed since it was opened
	failing time.Time // since when it can not be read; zero while it can

	origin    origin      // whether its text was looked for in the memory
	target    int64       // what is before it was there when Run began
	tail      ending      // what an unterminated last line is
	duplicate *generation // a file that holds the same text and is read in its place
	cursor    cursor
}

// cursor is how far a pass of reading has come. It is derived again after a
// restart.
type cursor struct {
	scanned int64 // beyond the offset: up to here there is no end of an over-long line, or of a hole
	hole    bool  // scanned is about a hole
	parsed  int64 // beyond the offset: lines up to here were parsed and held back
	ended   bool  // the last read came to its end
	waiting bool  // what was read last is held back until it is settled
	checked bool  // its head was verified in this pass
	cut     bool  // a compressed file that ended too early
}

// origin records whether a text that is new at its path was compared with the texts
// that are remembered.
type origin uint8

const (
	uncompared origin = iota
	begunAlike        // all of it is the begin of a known text; nothing is read yet
	recognised
)

// ending is what an unterminated line at the end of a complete file is.
type ending uint8

const (
	whole     ending = iota // a line
	cut                     // a part of one: the file is a copy made before a truncation
	elsewhere               // in another file, where it goes on
)

// openGeneration opens path at offset 0, as a text of its own.
func openGeneration(path, real string, now time.Time) (*generation, error) {
	f, info, err := logfs.Open(path)
	if err != nil {
		return nil, err
	}
	g := &generation{id: newID(), inode: info.ID, path: path, real: real, file: f, grew: now, added: addedBefore(now, f, info), since: now}
	g.see(info)
	return g, nil
}

// see takes in what a look showed and reports whether the file changed.
func (g *generation) see(info logfs.Info) bool {
	changed := info.Size != g.disk || info.Mod != g.mod
	g.disk, g.mod, g.links, g.sparse = info.Size, info.Mod, info.Links, info.Sparse
	if g.file != nil && g.print.Offset == 0 {
		g.packed = g.file.Kind().Packed()
	}
	if !g.packed {
		g.size = info.Size
		if g.file != nil && g.file.Kind() == logfs.UTF16 {
			g.size, _ = g.file.Length(info)
		}
	}
	return changed
}

// trust takes in a look that proved to be at the content that was read before;
// end is how far there is something to read.
func (g *generation) trust(info logfs.Info, end int64, now time.Time) {
	g.failing = time.Time{}
	if g.see(info) {
		g.grew, g.grown = now, true
	}
	g.size = max(g.size, end)
}

// differs reports whether a look shows another state of the file than the last.
func (g *generation) differs(info logfs.Info) bool { return info.Size != g.disk || info.Mod != g.mod }

// resting reports whether the file is closed though more may be read of it.
func (g *generation) resting() bool { return g.file == nil }

// close closes the file. What is needed to know it again is kept.
func (g *generation) close() {
	if g.file != nil {
		_ = g.file.Close()
	}
	g.vacate()
	g.file, g.cursor = nil, cursor{ended: g.cursor.ended}
}

// vacate gives the place of a live file to others.
func (g *generation) vacate() {
	if g.openFiles != nil {
		g.openFiles.free()
		g.openFiles = nil
	}
}

// position is what the sink commits.
func (g *generation) position(l *logPath) Position {
	p := Position{
		ID: g.id, Source: l.source.cfg.Name, Name: l.path, Place: g.real,
		Device: g.inode.Dev, Inode: g.inode.Ino, Born: g.inode.Born, ModTime: g.mod,
		Finished: g.phase == finished, Rotated: g.phase != live && g.print.Offset >= g.size,
	}
	p.setFingerprint(&g.print)
	return p
}

// advance moves the offset over n bytes, which are the last of before. edge is
// true where the file ended there.
func (g *generation) advance(before []byte, n int, edge bool) {
	g.print.Advance(before, n, edge)
	g.cursor.scanned, g.cursor.parsed = 0, 0
}

// anchor sets the offset to where reading begins in the midst of the text.
func (g *generation) anchor(offset int64) error {
	print, err := logfs.Consumed(g.file, offset)
	return g.goOn(print, err)
}

// takeBack sets the offset to what is left of the text that was read.
func (g *generation) takeBack(kept int64) error {
	print, err := g.print.TakenBack(g.file, kept)
	return g.goOn(print, err)
}

// goOn sets what is read to print, unless there is an error.
func (g *generation) goOn(print logfs.Fingerprint, err error) error {
	if err != nil {
		return err
	}
	g.print = print
	g.size = max(g.size, print.Offset)
	g.cursor.scanned, g.cursor.parsed = 0, 0
	return nil
}

// resume sets g to the position p, also if its text was rewritten
// since: the next read will see it, and look for what p was saved of.
func (g *generation) resume(p *Position) {
	g.id, g.owned = p.ID, true
	g.print = p.fingerprint()
	g.print.Resume(g.file)
	g.size = max(g.size, g.print.Offset)
	if g.packed = g.file.Kind().Packed(); g.packed {
		g.size = g.print.Offset
	}
}

// closed reports whether nothing will be added to its text.
func (g *generation) closed() bool { return g.phase == complete || g.packed && !g.cursor.cut }

// backlog is how far g reaches now.
func (g *generation) backlog() int64 {
	if g.packed {
		return 1 << 62
	}
	return g.size
}

// quiet reports whether nothing was added for d.
func (g *generation) quiet(now time.Time, d time.Duration) bool { return now.Sub(g.grew) >= d }

// lastAdded returns when something was last added.
func (g *generation) lastAdded() time.Time {
	if g.grown {
		return g.grew
	}
	return g.added
}

// addedBefore returns when something was last added to a file that is opened at now: by its
// modification time where this machine's clock gave it, or where it is older than the clock
// of another machine is usually off; else now, as far as is known.
func addedBefore(now time.Time, f *logfs.File, info logfs.Info) time.Time {
	mod := time.Unix(0, info.Mod).Add(coarseClock)
	if age := now.Sub(mod); age > time.Minute || age > 0 && f.IsLocal() {
		return mod
	}
	return now
}

// holds reports whether the open file still holds what was read of it.
func (g *generation) holds() bool {
	same, err := g.print.In(g.file)
	return g.print.Offset == 0 || same && err == nil
}

// lost reports whether the open file can not be read any more: its mount is gone.
func (g *generation) lost() bool {
	if g.file == nil {
		return false
	}
	_, err := g.file.Stat()
	return err != nil
}
