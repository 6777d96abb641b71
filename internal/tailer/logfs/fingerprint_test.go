package logfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// text is content in memory.
type text struct{ *bytes.Reader }

func (text) Close() error { return nil }

func textOf(b []byte) text { return text{bytes.NewReader(b)} }

// consume advances f over all of b, in pieces of the given sizes.
func consume(f *Fingerprint, b []byte, piece func() int) {
	for f.Offset < int64(len(b)) {
		n := min(piece(), len(b)-int(f.Offset))
		from := int(f.Offset) - f.GuardLen
		f.Advance(b[from:int(f.Offset)+n], n, true)
	}
}

// consumeLines advances f over all of b, in pieces of whole lines of at least
// the given size, as the follower does.
func consumeLines(f *Fingerprint, b []byte, piece int) {
	consume(f, b, func() int {
		rest := b[f.Offset:]
		if len(rest) <= piece {
			return len(rest)
		}
		return piece + bytes.IndexByte(rest[piece-1:], '\n')
	})
}

// A text that was consumed in blocks of any size is known again in any shorter
// copy, also by its packed marks, and nothing else of the same begin.
func TestFingerprintKnowsEveryShorterCopy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]byte, 300_000)
	for i := range all {
		all[i] = byte(r.IntN(256))
	}
	for range 20 {
		var f Fingerprint
		consume(&f, all, func() int { return 1 + r.IntN(1<<(1+r.IntN(18))) })
		saved := Fingerprint{Offset: f.Offset, Head: f.Head, HeadLen: f.HeadLen, Guard: f.Guard, GuardLen: f.GuardLen}
		saved.UnpackMarks(f.PackMarks())
		if !reflect.DeepEqual(saved.marks.grid, f.marks.grid) || !reflect.DeepEqual(saved.marks.commits, f.marks.commits) {
			t.Fatalf("packed and unpacked: %v, was %v", saved.marks, f.marks)
		}
		if read, err := marksOf(textOf(all), f.Offset); err != nil || !reflect.DeepEqual(read.grid, f.marks.grid) {
			t.Fatalf("read from the content: %v, %v; gathered in passing: %v", read.grid, err, f.marks.grid)
		}
		for range 50 {
			size := firstMark + r.IntN(len(all)-firstMark)
			if same, err := saved.Earlier(textOf(all[:size]), int64(size)); !same || err != nil {
				t.Errorf("a copy of %d bytes is not known: %v", size, err)
			}
			other := append(bytes.Clone(all[:size/2-size/8]), all[len(all)-size:]...)[:size]
			if same, _ := saved.Earlier(textOf(other), int64(size)); same {
				t.Errorf("taken for a copy: %d bytes that only begin alike", size)
			}
		}
	}
}

// What is left of a text is found after its end was changed in place, to the byte
// where the file is only shorter, and to the line where something else was
// written after it.
func TestKept(t *testing.T) {
	var lines []string
	for i := range 400 {
		lines = append(lines, fmt.Sprintf("{\"n\":%d,%q:%q}\n", i, "pad", strings.Repeat("x", i%97)))
	}
	whole := strings.Join(lines, "")
	upTo := func(n int) string { return strings.Join(lines[:n], "") }
	for _, tt := range []struct {
		name, counted, now string
		want               int
	}{
		{"the last line cut off", whole, upTo(399), len(upTo(399))},
		{"the last line replaced", whole, upTo(399) + "another\n", len(upTo(399))},
		{"the last line replaced by longer ones", whole, upTo(399) + strings.Repeat("another and longer line\n", 9), len(upTo(399))},
		{"cut off within the last line", whole, whole[:len(whole)-4], len(whole) - 4},
		{"cut off before the last newline", whole, whole[:len(whole)-1], len(whole) - 1},
		{"a batch of 100 taken back", whole, upTo(300), len(upTo(300))},
		{"a batch of 30 taken back and another written", whole, upTo(370) + "a\nb\n", len(upTo(370))},
		{"a footer overwritten", upTo(40) + "]\n", upTo(40)[:len(upTo(40))-1] + ",\n{}\n]\n", len(upTo(40)) - 1},
		{"a footer cut off", upTo(40) + "]\n", upTo(40), len(upTo(40))},
		{"rewritten from its begin", whole, "banner\n" + strings.Repeat("another line that is new\n", 50), 0},
		{"rewritten behind a banner", upTo(2) + whole, upTo(2) + strings.Repeat("another line that is new\n", 50), 0},
		{"cut off far behind what is noted", whole, upTo(20), 0},
		{"nothing is left", whole, "", 0},
		{"equal lines say nothing", strings.Repeat("the same line\n", 100), strings.Repeat("the same line\n", 40), 0},
	} {
		for _, piece := range []int{1, 100, 5000, 1 << 20} {
			var f Fingerprint
			consumeLines(&f, []byte(tt.counted), piece)
			if kept, err := f.Kept(textOf([]byte(tt.now)), int64(len(tt.now))); err != nil || kept != int64(tt.want) {
				t.Errorf("%s, read by %d: kept %d, %v, want %d", tt.name, piece, kept, err, tt.want)
			}
		}
	}
}

// The lines of a checkpoint are fewer, with the same result.
func TestKeptAfterARestart(t *testing.T) {
	var all []byte
	for i := range 400 {
		all = fmt.Appendf(all, "line %d of a log\n", i)
	}
	var f, saved Fingerprint
	consumeLines(&f, all, 700)
	saved = Fingerprint{Offset: f.Offset, Head: f.Head, HeadLen: f.HeadLen, Guard: f.Guard, GuardLen: f.GuardLen}
	saved.UnpackMarks(f.PackMarks())
	for cut := 1; cut < 300; cut++ {
		now := all[:len(all)-cut]
		if kept, err := saved.Kept(textOf(now), int64(len(now))); err != nil || kept != int64(len(now)) {
			t.Fatalf("%d bytes cut off: kept %d of %d, %v", cut, kept, len(now), err)
		}
	}
}

func TestMarksOfAnOldCheckpoint(t *testing.T) {
	const old = "BWFhYWFiYmJiY2NjY2RkZGRlZWVlB2ZmZmbIAWdnZ2c" // five powers of two, commits at 7 and 200
	m := unpackMarks(old)
	if len(m.grid) != 5 || len(m.commits) != 2 || m.commits[0].offset != 7 || m.commits[1].offset != 200 {
		t.Errorf("read %+v", m)
	}
}

func FuzzUnpackMarks(f *testing.F) {
	var p Fingerprint
	consume(&p, bytes.Repeat([]byte("a line\n"), 100), func() int { return 350 })
	f.Add(p.PackMarks())
	f.Add("/////w")
	f.Fuzz(func(t *testing.T, s string) {
		m := unpackMarks(s)
		if _, err := m.in(textOf([]byte(s)), int64(len(s))); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if kept, err := m.kept(textOf([]byte(s)), int64(len(s))); kept > int64(len(s)) || err != nil {
			t.Error(kept, err)
		}
	})
}
