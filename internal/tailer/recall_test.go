package tailer

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// filledMemory fills a memory with n finished texts of two lines and returns it.
func filledMemory(tb testing.TB, n int) *memory {
	tb.Helper()
	m := newMemory()
	for i := range n {
		g := openText(tb, shortText(i, 2))
		print, err := logfs.Consumed(g.file, g.size)
		if err != nil {
			tb.Fatal(err)
		}
		p := Position{ID: newID(), Source: "s", Name: fmt.Sprintf("/logs/%d.log", i), Finished: true}
		p.setFingerprint(&print)
		m.add(p, false)
		g.close()
	}
	return m
}

// shortText returns the first lines of the i-th log.
func shortText(i, lines int) (text []byte) {
	for n := range lines {
		text = fmt.Appendf(text, "2026-11-30T12:00:%02d.%09dZ stdout F {\"log\":%d,\"code\":4025,\"path\":\"/licence\"}\n", n, i, i)
	}
	return text
}

func openText(tb testing.TB, text []byte) *generation {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a.log")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		tb.Fatal(err)
	}
	g, err := openGeneration(path, "", time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// comparisonOf returns a file with the text, as it is found next to a log.
func comparisonOf(tb testing.TB, text []byte) *comparison {
	tb.Helper()
	g := openText(tb, text)
	tb.Cleanup(g.close)
	info, err := g.file.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return &comparison{g: g, s: logfs.Sibling{Info: info}}
}

// A short file is compared only with the texts that it may be a copy of, and found to be
// what it is: all of a text, its begin, or another one.
func TestRecallOfShortFiles(t *testing.T) {
	const texts = 300
	m := filledMemory(t, texts)
	for _, tt := range []struct {
		name string
		text []byte
		want relation
	}{
		{"all of it", shortText(7, 2), same},
		{"and more", shortText(7, 5), same},
		{"its first line", shortText(7, 1), shorter},
		{"another text", shortText(texts, 1), stranger},
		{"another text that is longer", shortText(texts, 20), stranger},
	} {
		compared := 0
		p, rel, err := m.recall(comparisonOf(t, tt.text), func(*remembered) bool { compared++; return true })
		if err != nil || rel != tt.want || rel != stranger && p.Name != "/logs/7.log" {
			t.Errorf("%s: %q %d, %v; want %d", tt.name, p.Name, rel, err, tt.want)
		}
		if compared > 1 {
			t.Errorf("%s: compared with %d texts", tt.name, compared)
		}
	}
}

// The indexes hold what texts holds, whatever is added, replaced and dropped.
func TestMemoryIndexes(t *testing.T) {
	m := filledMemory(t, 20)
	for i, p := range positions(m) {
		switch i % 4 {
		case 0:
			m.take(p)
		case 1:
			m.touch([]ID{p.ID}, time.Now())
		case 2:
			m.add(p, true) // looked for by its source
		}
	}
	m.releaseSource("another")
	if len(m.pending) != 5 || len(m.texts) != 15 {
		t.Errorf("%d texts, %d pending", len(m.texts), len(m.pending))
	}
	m.releaseSource("s")
	if len(m.pending) != 0 {
		t.Errorf("%d are still pending", len(m.pending))
	}
	for _, p := range positions(m) {
		if !m.take(p) {
			t.Errorf("%s was not there", p.Name)
		}
	}
	if len(m.texts)+len(m.heads)+len(m.prefixes)+len(m.pending) > 0 {
		t.Errorf("left: %v %v %v %v", m.texts, m.heads, m.prefixes, m.pending)
	}
}

// positions returns those of all texts, by name.
func positions(m *memory) (all []Position) {
	for _, r := range m.texts {
		all = append(all, r.Position)
	}
	slices.SortFunc(all, func(a, b Position) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// BenchmarkRecall looks up a new short file among many remembered ones.
func BenchmarkRecall(b *testing.B) {
	m := filledMemory(b, 5000)
	f := comparisonOf(b, shortText(5000, 1))
	b.ReportAllocs()
	for b.Loop() {
		if _, rel, err := m.recall(f, func(*remembered) bool { return true }); rel != stranger || err != nil {
			b.Fatal(rel, err)
		}
	}
}
