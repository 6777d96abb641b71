package tailer

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
)

// text is content in memory.
type text struct{ *bytes.Reader }

func (text) Close() error { return nil }

var _ content = text{}

// A generation that advanced in blocks of any size knows any shorter copy again,
// also by its packed marks, and nothing else of the same begin.
func TestMarksKnowEveryShorterCopy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]byte, 300_000)
	for i := range all {
		all[i] = byte(r.IntN(256))
	}
	for range 20 {
		var g generation
		for g.offset < int64(len(all)) {
			n := min(1+r.IntN(1<<(1+r.IntN(18))), len(all)-int(g.offset))
			from := int(g.offset) - g.guardLen
			g.advance(all[from:int(g.offset)+n], n)
		}
		saved := generation{fingerprint: g.fingerprint, marks: unpackMarks(g.marks.pack())}
		if !reflect.DeepEqual(saved.marks, g.marks) {
			t.Fatalf("packed and unpacked: %v, was %v", saved.marks, g.marks)
		}
		if read, err := marksOf(text{bytes.NewReader(all)}, g.offset); err != nil || !reflect.DeepEqual(read.grid, g.marks.grid) {
			t.Fatalf("read from the content: %v, %v; gathered in passing: %v", read.grid, err, g.marks.grid)
		}
		for range 50 {
			size := firstMark + r.IntN(len(all)-firstMark)
			copied := sibling{look: look{size: int64(size)}}
			if same, err := saved.earlier(copied, text{bytes.NewReader(all[:size])}); !same || err != nil {
				t.Errorf("a copy of %d bytes is not known: %v", size, err)
			}
			other := append(bytes.Clone(all[:size/2-size/8]), all[len(all)-size:]...)[:size]
			if same, _ := saved.earlier(copied, text{bytes.NewReader(other)}); same {
				t.Errorf("taken for a copy: %d bytes that only begin alike", size)
			}
		}
	}
}

func FuzzUnpackMarks(f *testing.F) {
	var g generation
	g.advance(bytes.Repeat([]byte("a line\n"), 100), 700)
	g.advance(bytes.Repeat([]byte("a line\n"), 100), 7)
	f.Add(g.marks.pack())
	f.Add("/////w")
	f.Fuzz(func(t *testing.T, s string) {
		m := unpackMarks(s)
		if _, err := m.in(text{bytes.NewReader([]byte(s))}, int64(len(s))); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
}
