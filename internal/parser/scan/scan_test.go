package scan

import (
	"bytes"
	"strings"
	"testing"
)

var windows = []string{"rCo", "ls/", "(-", "x", "\xffa"}

// wants are the places that must be marked: where a window begins.
func wants(t []byte) (places []int) {
	for i := range t {
		for _, w := range windows {
			if bytes.HasPrefix(t[i:], []byte(w)) {
				places = append(places, i)
				break
			}
		}
	}
	return places
}

func check(t *testing.T, m *Map, text []byte) {
	m.Scan(New(windows), text)
	next := 0
	for _, w := range wants(text) {
		if next = m.Place(next); next > w {
			t.Fatalf("no place at %d of %q", w, text)
		}
		for next < w {
			next = m.Place(next + 1)
		}
		if next != w {
			t.Fatalf("no place at %d of %q", w, text)
		}
		next++
	}
	for i := range text {
		want := bytes.IndexByte(text[i:min(len(text), i+64)], '"')
		if want < 0 {
			want = 64
		}
		if got := m.ToQuote(i); got != want {
			t.Fatalf("a quote %d bytes on, want %d, from %d of %q", got, want, i, text)
		}
	}
	for i := 0; i <= len(text); i++ {
		for c, f := range map[byte]func(int) int{'"': m.Quote, '\n': m.Newline} {
			want := len(text)
			if n := bytes.IndexByte(text[i:], c); n >= 0 {
				want = i + n
			}
			if got := f(i); got != want {
				t.Fatalf("%q at %d, want %d, from %d of %q", c, got, want, i, text)
			}
		}
	}
}

func TestScan(t *testing.T) {
	if !Available() {
		t.Skip("no AVX2 here")
	}
	check(t, new(Map), nil)
	var m Map
	for n := range 300 {
		text := []byte(strings.Repeat(".", n) + `"errorCode":1,"/wvls/x(-` + "\n" + strings.Repeat("-", 300-n) + "\xffax")
		check(t, &m, text)
		check(t, &m, text[:n])
	}
	m.Scan(New(windows), []byte(strings.Repeat("ab \"\n", 1000)))
	if at := m.Place(0); at != 5000 {
		t.Errorf("a place at %d where no window is", at)
	}
}

func FuzzScan(f *testing.F) {
	if !Available() {
		f.Skip("no AVX2 here")
	}
	f.Add([]byte(`{"errorCode":4025,"url":"/T1/wvls/licenses"}` + "\n"))
	f.Add([]byte(strings.Repeat("x(-\xffa\"\n", 30)))
	f.Fuzz(func(t *testing.T, text []byte) { check(t, new(Map), text) })
}

func BenchmarkScan(b *testing.B) {
	if !Available() {
		b.Skip("no AVX2 here")
	}
	text := []byte(strings.Repeat(`{"time":"2026-11-23T08:00:00Z","path":"/T1/wvls/v1/licenses","status":200}`+"\n", 3000))
	var m Map
	f := New(windows)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Scan(f, text)
	}
}
