package tailer

import (
	"reflect"
	"testing"
	"time"
)

// Finished texts come out of a checkpoint as they went in, in some 60 bytes each,
// but for the marks and for fractions of the second they were seen in.
func TestPackTexts(t *testing.T) {
	now := time.Unix(1_796_000_000, 0)
	old := now.Add(-2 * time.Hour).UnixNano()
	live := Position{ID: 1, Source: "a", Name: "/l/app.log", Offset: 7}
	young := Position{ID: 3, Source: "a", Name: "/l/app.log", Offset: 7, Finished: true, Seen: now.Add(-time.Minute).UnixNano()}
	var finished []Position
	for i := range 300 {
		finished = append(finished, Position{
			ID: ID(1<<63) + ID(i), Source: "a", Name: "/l/app.log", Device: 66306, Inode: uint64(12_000_000 + i), Born: old - 5, Offset: int64(i) << 20,
			Head: 0x9E3779B97F4A7C15 * uint64(i+1), HeadLen: 1024, Guard: 0xC2B2AE3D27D4EB4F * uint64(i+1), GuardLen: 512,
			ModTime: old - 7, Finished: true, Seen: old,
		})
	}
	finished = append(finished, Position{ID: 5, Source: "b", Name: "/l/b.log", Finished: true, Seen: old, HeadLen: 3, ModTime: -1})
	open, packed := PackTexts(append([]Position{live, young}, finished...), now)
	if !reflect.DeepEqual(open, []Position{live, young}) {
		t.Errorf("not packed: %v", open)
	}
	if len(packed) != 2 {
		t.Fatalf("%d names packed, want 2", len(packed))
	}
	if n := len(packed[0].Packed) / 300; n > 90 {
		t.Errorf("%d characters a text", n)
	}
	if got := UnpackTexts(packed); !reflect.DeepEqual(got, finished) {
		t.Errorf("unpacked %d texts of %d; the first is %+v, was %+v", len(got), len(finished), got[0], finished[0])
	}
}

func FuzzUnpackTexts(f *testing.F) {
	_, packed := PackTexts([]Position{{ID: 9, Finished: true, Offset: 1 << 40}}, time.Unix(1e9, 0))
	f.Add(packed[0].Packed)
	f.Fuzz(func(_ *testing.T, s string) { UnpackTexts([]Texts{{Packed: s}}) })
}
