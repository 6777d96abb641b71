package tailer

import (
	"time"

	"wvwatch/internal/tailer/logfs"
)

// candidate is a file in which a saved position may be found again. It is opened
// only where it must be: there may be thousands.
type candidate struct {
	logfs.Sibling
	g       *generation // open where pos is set
	pos     *Position
	text    ID    // the finished text that it holds; 0 for none
	known   bool  // its text is finished, or older than the first start
	another bool  // it has the inode of a saved position, but another text
	kept    int64 // how much of the text it still holds, where its end was changed in place; 0 for all
	shorter bool  // it is a copy from before all up to pos was read
}

// holds reports whether f holds what p was saved of, and keeps it open then.
func (f *candidate) holds(p *Position, now time.Time) (bool, error) {
	g, err := f.g, error(nil)
	if g == nil {
		if g, err = openGeneration(f.Path, "", now); err != nil {
			return false, err
		}
	}
	is := g.inode == f.ID && p.Offset == 0
	if g.inode == f.ID && p.Offset > 0 {
		print := p.fingerprint()
		is, err = print.In(g.file)
	}
	if is {
		f.g = g
	} else if f.g == nil {
		g.close()
	}
	return is, err
}

// take keeps the position that is further, of two for the same text.
func (f *candidate) take(p *Position) {
	if f.pos == nil || p.Offset > f.pos.Offset {
		f.pos = p
	}
}

// search looks for what p was saved of, by content: in files that were written to
// since, oldest first, before others; in plain ones before compressed ones; and
// last at the path itself, where a new file may begin with the same lines.
func search(path string, files []*candidate, p *Position, now time.Time) (found *candidate, err error) {
	older := func(f *candidate) bool { return f.Mod < p.ModTime }
	atPath := func(f *candidate) bool { return f.Path == path }
	for i := range 8 {
		for _, f := range files {
			if f.known || older(f) != (i&4 > 0) || atPath(f) != (i&2 > 0) || f.Packed != (i&1 > 0) {
				continue
			}
			is, e := f.holds(p, now)
			if is {
				return f, nil
			}
			if e != nil {
				err = e
			}
		}
	}
	for _, f := range files {
		if f.Path == path {
			continue // the log itself is no copy
		}
		is, e := f.wasBefore(p, now)
		if is {
			f.shorter = true
			return f, nil
		}
		if e != nil {
			err = e
		}
	}
	return nil, err
}

// keeps reports whether f, the file that p was saved of, begins with a part of
// what was read: its end was changed in place, while the daemon was down. It notes how
// much that is, and keeps f open.
func (f *candidate) keeps(p *Position, now time.Time) (bool, error) {
	if p.Offset == 0 || f.g != nil || f.known {
		return false, nil
	}
	g, err := openGeneration(f.Path, "", now)
	if err != nil {
		return false, err
	}
	print := p.fingerprint()
	kept := int64(0)
	size, err := g.file.Length(f.Info)
	if err == nil && g.inode == f.ID && !g.file.Kind().Packed() {
		kept, err = print.Kept(g.file, size)
	}
	if kept == 0 || err != nil {
		g.close()
		return false, err
	}
	f.g, f.kept = g, kept
	return true, nil
}

// wasBefore reports whether f is a copy of what p was saved of, made before the
// last of it was read: copytruncate's, when we were stopped before it truncated.
// The marks alone do not distinguish it from a file that begins alike; that it was not
// written to since must come to it.
func (f *candidate) wasBefore(p *Position, now time.Time) (bool, error) {
	if f.pos != nil || f.known || f.Mod > p.ModTime {
		return false, nil
	}
	g, err := openGeneration(f.Path, "", now)
	if err != nil {
		return false, err
	}
	print := p.fingerprint()
	is := false
	other, err := print.Differs(g.file)
	if err == nil && !other { // spare unpacking what begins otherwise
		var size int64
		if size, err = g.file.Length(f.Info); err == nil {
			is, err = print.Earlier(g.file, size)
		}
	}
	if is && g.inode == f.ID {
		f.g = g
		return true, nil
	}
	g.close()
	return false, err
}

// before reports whether f, the i-th, is older than the oldest file of which
// something was read, by name and by time.
func (f *candidate) before(i, oldest int, o *candidate) bool {
	return i < oldest && f.Mod <= o.Mod && f.Age() <= o.Age()
}
