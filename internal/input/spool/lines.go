package spool

import (
	"bytes"
	"errors"
	"io"

	"wvwatch/internal/tailer"
)

// piece maps the text from index text on to the offset at.
type piece struct {
	text int
	at   int64
}

// fill reads what follows into text, up to a block. boundary reports that what is in
// it ends the records of its stream.
func (r *Reader) fill() (boundary bool, err error) {
	size := blockSize
	if len(r.text) >= size { // a record, or a line, that is longer
		size = min(2*len(r.text), maxLine+maxRecord+blockSize)
	}
	for len(r.text) < size {
		if r.left == 0 {
			if more, err := r.advance(); !more || err != nil {
				return false, err
			}
			if boundary = r.ends(); boundary {
				return true, nil
			}
			if r.left == 0 { // else the offset counted is inside a frame
				if _, err := r.next(); err != nil {
					return false, err
				}
			}
		}
		n := min(r.left, size-len(r.text))
		if k := len(r.pieces); k == 0 || r.pieces[k-1].at+int64(len(r.text)-r.pieces[k-1].text) != r.at {
			r.pieces = append(r.pieces, piece{len(r.text), r.at})
		}
		start := len(r.text)
		r.text = append(r.text, make([]byte, n)...)
		if _, err := io.ReadFull(r.in, r.text[start:]); err != nil {
			return false, err
		}
		r.at += int64(n)
		r.left -= n
		r.skip(start)
		if r.left == 0 && r.stream == 0 && len(r.text) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// ends reports whether the next frame, of which there is one, can not go on with
// what is in text.
func (r *Reader) ends() bool {
	if len(r.text) == 0 {
		return false
	}
	head, err := r.in.Peek(frameHeader)
	return err == nil && parseHeader(head).stream != r.stream
}

// advance reports whether a frame follows, in this segment or the next.
func (r *Reader) advance() (more bool, err error) {
	if r.file != nil {
		if _, err := r.in.Peek(frameHeader); err == nil {
			return true, nil
		} else if !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	g, ok := r.spool.segmentAt(r.at)
	if !ok || r.file != nil && g.base == r.segment.base {
		return false, nil
	}
	return true, r.enter(g)
}

// skip takes overlong lines out of text, of which the part from start on is new.
func (r *Reader) skip(start int) {
	if r.skipping {
		end := bytes.IndexByte(r.text[start:], '\n') + 1
		if r.skipping = end == 0; r.skipping {
			r.cut(start, len(r.text))
			return
		}
		r.cut(start, start+end)
	}
	for i := 0; len(r.text)-i > maxLine; {
		end := bytes.IndexByte(r.text[i:], '\n') + 1
		switch {
		case end == 0:
			r.skipping = true
			end = len(r.text) - i
		case end <= maxLine:
			i += end
			continue
		}
		r.overlong.Add(1)
		r.cut(i, i+end)
	}
}

// cut takes text[i:j] out.
func (r *Reader) cut(i, j int) {
	after := r.offsetOf(j)
	r.text = append(r.text[:i], r.text[j:]...)
	pieces := r.pieces
	r.pieces = nil
	for _, p := range pieces {
		if p.text < i {
			r.pieces = append(r.pieces, p)
		}
	}
	if i < len(r.text) {
		r.pieces = append(r.pieces, piece{i, after})
	}
	for _, p := range pieces {
		if p.text > j {
			r.pieces = append(r.pieces, piece{p.text - (j - i), p.at})
		}
	}
}

// parse gives the whole lines to the sink and commits what it takes. It reports
// whether there may be more to do at once.
func (r *Reader) parse(settled bool) (more bool) {
	lines := r.text[:bytes.LastIndexByte(r.text, '\n')+1]
	if len(lines) == 0 {
		return len(r.text) >= blockSize
	}
	full := len(r.text) >= blockSize
	old := 0
	if settled {
		old = len(lines)
	}
	readable := r.spool.readable()
	n := r.sink.Parse(tailer.Batch{
		Source: r.source, Name: InputName, Lines: lines, Settled: old,
		CatchingUp: r.at <= r.began || readable-r.at >= largeBacklog,
	})
	if n = max(0, min(n, len(lines))); n == 0 {
		switch {
		case settled || len(r.text) >= maxLine+maxRecord:
			n = len(lines) // the sink breaks its promise; standing still would be worse
		default:
			return full
		}
	}
	r.drop(n)
	r.commit()
	return settled || full
}

// settle parses all of text: nothing is added to its records.
func (r *Reader) settle() {
	for len(r.text) > 0 && r.parse(true) {
	}
}

// drop takes the first n bytes out of text.
func (r *Reader) drop(n int) {
	at := r.offsetOf(n)
	r.text = r.text[:copy(r.text, r.text[n:])]
	kept := r.pieces[:0]
	for _, p := range r.pieces {
		if p.text > n {
			kept = append(kept, piece{p.text - n, p.at})
		} else { // of those before n the last one holds it
			kept = append(kept[:0], piece{0, at})
		}
	}
	r.pieces = kept
	if len(r.text) == 0 {
		r.pieces = r.pieces[:0]
	}
}

// offsetOf returns the offset of the byte after the first n of text.
func (r *Reader) offsetOf(n int) int64 {
	if n == len(r.text) {
		return r.at
	}
	for i := len(r.pieces) - 1; i >= 0; i-- {
		if p := r.pieces[i]; p.text <= n {
			return p.at + int64(n-p.text)
		}
	}
	return r.at
}
