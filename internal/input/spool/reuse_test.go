package spool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

// batchOf returns a batch whose frame has the same length for each n: an earlier segment has
// frames at the same places of its file.
func batchOf(n int) Batch {
	line := fmt.Sprintf("batch %04d %s", n, strings.Repeat("x", 20))
	return Batch{Lines: []byte(line + "\n"), ID: IdentityOf("a", []byte(line))}
}

func (b Batch) record() string { return strings.TrimSuffix(string(b.Lines), "\n") }

// files returns the sizes of the segments' files by name.
func files(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	bases, err := listSegments(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]os.FileInfo{}
	for _, base := range bases {
		info, err := os.Stat(segmentPath(dir, base))
		if err != nil {
			t.Fatal(err)
		}
		all[info.Name()] = info
	}
	return all
}

// fill appends batches from on until n segments are full, and returns the records.
func (w *world) fill(from, n int) (records []string) {
	w.t.Helper()
	for begun := 0; ; from++ {
		w.spool.mu.Lock()
		full := w.spool.file == nil || w.spool.last().size() >= w.spool.o.Segment
		w.spool.mu.Unlock()
		if full {
			if begun++; begun > n {
				return records
			}
		}
		b := batchOf(from)
		w.send(b)
		records = append(records, b.record())
	}
}

// save saves two checkpoints of what is counted.
func (w *world) save() {
	w.t.Helper()
	for range 2 {
		if err := w.spool.Saved(w.ledger.offset()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// age makes the segments that are kept for reuse as old as those that are not any more.
func (w *world) age() {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	for i := range w.spool.segments {
		if g := &w.spool.segments[i]; !g.spent.IsZero() {
			g.spent = g.spent.Add(-sealTime)
		}
	}
}

func (l *ledger) offset() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at.Offset
}

// The files of counted segments are written again: no new file is made while there is one.
func TestCountedSegmentsAreReused(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 500, Delay: time.Microsecond}, l)
	want := w.fill(0, 3)
	w.wants(want...)
	w.save()
	before := files(t, dir)
	if len(before) != 3 {
		t.Fatalf("%d files are kept, want 3", len(before))
	}
	want = append(want, w.fill(len(want), 3)...)
	w.wants(want...)
	after := files(t, dir)
	if len(after) != 3 {
		t.Fatalf("%d files, want 3", len(after))
	}
	for name, info := range after {
		if before[name] != nil {
			t.Errorf("%s has its name of before", name)
		}
		known := false
		for _, b := range before {
			known = known || os.SameFile(b, info)
		}
		if !known {
			t.Errorf("%s is a new file", name)
		}
	}
	w.stop()
	w = open(t, dir, Options{Segment: 500}, l) // the same segments, all of them counted
	w.send(batchOf(9000))
	w.wants(append(want, batchOf(9000).record())...)
}

// What is kept for reuse is a part of the bytes that the spool may have, and is deleted when
// the spool is not in use.
func TestSegmentsKeptForReuseAreBounded(t *testing.T) {
	l := &ledger{}
	w := open(t, t.TempDir(), Options{MaxBytes: 16000, Segment: 500, Delay: time.Microsecond}, l)
	want := w.fill(0, 8)
	w.wants(want...)
	w.save()
	if got := w.spool.Stats().Bytes; got > 16000/8 || got < 1000 {
		t.Errorf("%d bytes are kept, want at most %d and at least two segments", got, 16000/8)
	}
	w.age()
	w.save()
	if got := w.spool.Stats().Bytes; got != 0 {
		t.Errorf("%d bytes are kept of a spool that was not used for a minute", got)
	}
}

// A reused file has frames of an earlier segment, at the same places and after the last one. A
// write that was torn at any byte, and one of which any sector did not reach the disk, leaves
// whole batches of the new segment, and nothing of the earlier one. The header is durable
// before anything else is written, so that it is never torn.
func TestTornWriteIntoReusedSegment(t *testing.T) {
	for reuses := 1; reuses <= 3; reuses++ {
		old, data, base := reused(t, reuses)
		for cut := segmentHeader; cut <= len(data); cut++ {
			wantWhole(t, slices.Concat(data[:cut], old[cut:]), data, base, fmt.Sprintf("%d reuses, torn at %d", reuses, cut))
		}
		const sector = 64 // a frame reaches over two or three
		for from := 0; from < len(data); from += sector {
			missing := slices.Concat(data, old[len(data):])
			copy(missing[from:min(from+sector, len(data))], old[from:])
			copy(missing, data[:segmentHeader])
			wantWhole(t, missing, data, base, fmt.Sprintf("%d reuses, sector at %d missing", reuses, from))
		}
	}
}

// reused returns what a segment's file held before the last of its reuses, what was written
// into it since, which is less, and the offset of that segment.
func reused(t *testing.T, reuses int) (old, data []byte, base int64) {
	t.Helper()
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 600, Delay: time.Microsecond}, l)
	defer w.stop()
	want := w.fill(0, 1)
	for range reuses - 1 {
		w.wants(want...)
		w.save()
		want = append(want, w.fill(len(want), 1)...)
	}
	w.wants(want...)
	w.save()
	for name := range files(t, dir) {
		if _, err := fmt.Sscanf(name, "%d", &base); err != nil {
			t.Fatal(err)
		}
	}
	old, base = readSegment(t, dir, base), l.offset()
	for range 4 {
		b := batchOf(len(want))
		w.send(b)
		want = append(want, b.record())
	}
	w.wants(want...)
	file := readSegment(t, dir, base)
	data = file[:l.offset()-base]
	if len(files(t, dir)) != 1 || !bytes.Equal(file[len(data):], old[len(data):]) || bytes.Equal(data, old[:len(data)]) {
		t.Fatalf("the segment was not reused: %d files", len(files(t, dir)))
	}
	return old, data, base
}

func readSegment(t *testing.T, dir string, base int64) []byte {
	t.Helper()
	data, err := os.ReadFile(segmentPath(dir, base))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantWhole opens a spool of one segment with the content torn, and wants the batches of data
// that are in it up to the first that is not whole; the others can be stored again.
func wantWhole(t *testing.T, torn, data []byte, base int64, what string) {
	t.Helper()
	whole := segmentHeader
	var ids []Identity
	for whole < len(data) {
		h := parseHeader(data[whole:])
		end := whole + frameHeader + h.length
		if !bytes.Equal(torn[:end], data[:end]) {
			break
		}
		whole, ids = end, append(ids, h.id)
	}
	dir := t.TempDir()
	if err := os.WriteFile(segmentPath(dir, base), torn, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, base, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := base
	if whole > segmentHeader {
		want = base + int64(whole)
	}
	if s.durable != want {
		t.Errorf("%s: readable to %d, want %d", what, s.durable, want)
	}
	if len(s.recent.groups) != len(ids) {
		t.Errorf("%s: %d batches count as received, want %d", what, len(s.recent.groups), len(ids))
	}
	for _, id := range ids {
		if _, known := s.recent.groups[id]; !known {
			t.Errorf("%s: a whole batch does not count as received", what)
		}
	}
}

// A kill, or a power failure, between the steps of a reuse loses nothing that is not counted.
func TestReuseThatStops(t *testing.T) {
	old, _, base := reused(t, 1)
	dir := t.TempDir()
	if err := os.WriteFile(segmentPath(dir, 0), old, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(segmentPath(dir, 0), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(generation(1).header(), 0); err != nil { // the header, and no new name yet
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segmentPath(dir, base), append(generation(0).header(), frameOf(batchOf(1), 0)...), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &ledger{at: tailer.Position{Offset: base}}
	w := open(t, dir, Options{}, l)
	w.send(batchOf(2))
	w.wants(batchOf(1).record(), batchOf(2).record())
	if lost := w.spool.lost.Load(); lost != 0 {
		t.Errorf("%d counted bytes are reported as lost", lost)
	}
}

// frameOf returns b as a frame of a segment of generation g.
func frameOf(b Batch, g generation) []byte {
	frame := appendFrame(nil, b, 1)
	stamp(frame, g)
	return frame
}

// A file that can not be reused is replaced by a new one.
func TestFileThatIsGone(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 500, Delay: time.Microsecond}, l)
	want := w.fill(0, 2)
	w.wants(want...)
	w.save()
	for name := range files(t, dir) {
		if err := os.Remove(dir + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
	want = append(want, w.fill(len(want), 2)...)
	w.wants(want...)
}

// A batch is known after the segment that holds it was written over.
func TestRepeatOfReusedSegment(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 500, Delay: time.Microsecond}, l)
	want := w.fill(0, 1)
	w.wants(want...)
	w.save()
	want = append(want, w.fill(len(want), 1)...)
	w.wants(want...)
	if !w.send(batchOf(0)).Repeated {
		t.Error("a batch is not known after its segment was reused")
	}
	w.stop()
	w = open(t, dir, Options{Segment: 500}, l)
	if ticket, err := w.spool.Append(context.Background(), batchOf(0)); err != nil || !ticket.Repeated {
		t.Errorf("a batch is not known after a restart: %v", err)
	}
}
