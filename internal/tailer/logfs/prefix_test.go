package logfs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// shared reports whether a text is found among those that content may be a shorter copy of.
func shared(f *Fingerprint, content []byte) bool {
	of := f.Prefixes()
	return slices.ContainsFunc(PrefixesOf(content), func(x Prefix) bool { return slices.Contains(of, x) })
}

// Every copy that is shorter than the head of a text and that the text's marks know is
// looked up by its prefix, however the text was read.
func TestPrefixes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	known := 0
	for range 60 {
		var all []byte
		for len(all) < HeadMax+200 {
			all = append(all, bytes.Repeat([]byte{byte('a' + r.IntN(20))}, r.IntN(1+r.IntN(300)))...)
			all = append(all, '\n')
		}
		all = all[:20+r.IntN(len(all)-20)]
		var f Fingerprint
		consume(&f, all, func() int { return 1 + r.IntN(1<<(1+r.IntN(9))) })
		settled := f
		settled.Settle()
		saved := Fingerprint{Offset: f.Offset, Head: f.Head, HeadLen: f.HeadLen, Guard: f.Guard, GuardLen: f.GuardLen}
		saved.UnpackMarks(f.PackMarks())
		old := saved // of a checkpoint that knew fewer marks
		old.marks.grid = old.marks.grid[:r.IntN(len(old.marks.grid)+1)]
		for what, f := range map[string]*Fingerprint{"read": &f, "settled": &settled, "saved": &saved, "old": &old} {
			for n := 1; n < f.HeadLen; n++ {
				copied := all[:n]
				is, err := f.Earlier(textOf(copied), int64(n))
				if err != nil {
					t.Fatal(err)
				}
				if is {
					known++
				}
				if is && !shared(f, copied) {
					t.Errorf("%s: a copy of %d bytes of %d is not looked up", what, n, len(all))
				}
				if is && f.Excludes(copied) {
					t.Errorf("%s: a copy of %d bytes of %d is excluded", what, n, len(all))
				}
			}
			for n := f.HeadLen; n <= len(all); n += 100 {
				if f.Excludes(all[:min(n, HeadMax)]) {
					t.Errorf("%s: the text itself is excluded by its first %d bytes", what, n)
				}
			}
		}
	}
	if known < 10_000 {
		t.Errorf("only %d copies were known", known)
	}
}

// Logs that begin with the same time stamp differ soon after it: hardly any of many is
// compared.
func TestPrefixesOfOtherTexts(t *testing.T) {
	line := func(i int) []byte {
		return fmt.Appendf(nil, "2026-11-30T12:00:00.%09dZ stdout F {\"status\":200,\"n\":%d,\"path\":\"/licence\"}\n", i, i)
	}
	copied := line(0)
	found, excluded := 0, 0
	for i := range 1000 {
		text := slices.Concat(line(i), line(i+1))
		f, err := Consumed(textOf(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if shared(&f, copied) {
			found++
		}
		if f.Excludes(copied) {
			excluded++
		}
	}
	if found != 1 || excluded != 999 {
		t.Errorf("%d of 1000 texts are looked up, want 1; %d excluded, want 999", found, excluded)
	}
}
