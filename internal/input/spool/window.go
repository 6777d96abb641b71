package spool

import (
	"io"
	"os"
)

// readable returns the offset up to which readers may read.
func (s *Spool) readable() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable
}

// changes returns what is closed when there is more to read.
func (s *Spool) changes() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// segmentAt returns the segment that holds the offset, or the first one after it,
// and whether there is one that has something to read.
func (s *Spool) segmentAt(offset int64) (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		if g.end > offset && g.end > g.base+int64(segmentHeader) {
			return g, true
		}
	}
	return segment{}, false
}

// enter opens the segment g, at its begin or at the offset at in it: at a frame, or in
// the lines of one.
func (r *Reader) enter(g segment) error {
	want := r.at
	if err := r.open(g); err != nil {
		return err
	}
	for r.at < want {
		h, err := r.next()
		if err != nil {
			return err
		}
		skip := int(min(int64(h.length), max(0, want-r.at)))
		if _, err := r.in.Discard(skip); err != nil {
			return err
		}
		r.at += int64(skip)
		r.left = h.length - skip
	}
	return nil
}

// open begins to read a segment.
func (r *Reader) open(g segment) error {
	r.close()
	f, err := os.Open(segmentPath(r.spool.dir, g.base))
	if err != nil {
		return err
	}
	if before := r.at; before > 0 && before < g.base {
		r.lost.Add(g.base - before)
		r.spool.o.Log.Warn("a part of the spool is gone: what it held is lost", "component", "spool", "source", r.source, "bytes", g.base-before)
	}
	r.file, r.segment, r.at, r.left = f, g, g.base+int64(segmentHeader), 0
	r.in.Reset(&window{r, r.at})
	return nil
}

// window reads the durable part of the present segment.
type window struct {
	r  *Reader
	at int64
}

func (w *window) Read(p []byte) (int, error) {
	end := min(w.r.spool.readable(), w.r.spool.endOf(w.r.segment))
	n := min(int64(len(p)), end-w.at)
	if n <= 0 {
		return 0, io.EOF
	}
	k, err := w.r.file.ReadAt(p[:n], w.at-w.r.segment.base)
	w.at += int64(k)
	return k, err
}

// endOf returns where a segment ends now.
func (s *Spool) endOf(g segment) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, now := range s.segments {
		if now.base == g.base {
			return now.end
		}
	}
	return g.end // it was deleted: it is counted
}
