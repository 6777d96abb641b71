package blame

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// Whatever the logs hold, the book stays small: all categories, ten dimensions, values
// without end.
func TestBookIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := New(nil, nil, 1)
	for i := range MaxDimensions + 5 {
		b.Dimension(fmt.Sprint("dimension", i))
	}
	at := time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC).UnixNano()
	var p Places
	n := 0
	for minute := range 120 {
		for i := range 20 * 150 {
			n++
			now := at + int64(minute)*int64(time.Minute)
			for d := range MaxDimensions {
				b.Place(&p, d, fmt.Appendf(nil, "%0*d", 100, n), now)
			}
			code := b.Code(codes.Widevine, 1000+n%9000, fmt.Sprint("category", i%30))
			b.Failure(Failure{At: now, Code: code, Client: uint32(n), Begins: true, Counted: true, Sampled: true, Failed: true, Places: &p})
			b.Request(Request{At: now, Granted: true, Took: time.Second, Client: uint32(n), Places: &p})
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := int64(after.HeapAlloc) - int64(before.HeapAlloc); got > 7<<20 {
		t.Errorf("%d bytes", got)
	}
	if got := b.dimensions[0].count(); got > maxValues {
		t.Errorf("%d values", got)
	}
	if len(b.codes) > maxCodeNumbers || len(b.categories) > maxCategories {
		t.Errorf("%d codes, %d categories", len(b.codes), len(b.categories))
	}
}

func TestLongAndHostileValues(t *testing.T) {
	b := New([]string{"tenant"}, nil, 1)
	var p Places
	for _, text := range []string{strings.Repeat("x", 1<<20), "\xff\xfe"} {
		if b.Place(&p, 0, []byte(text), 1); p[0] != otherPlace {
			t.Errorf("%.10q has the number %d", text, p[0])
		}
	}
	if got := shown("a\x00\x1b[31m" + strings.Repeat("ö", 100)); len([]rune(got)) != maxShownText || strings.ContainsAny(got, "\x00\x1b") {
		t.Errorf("shown as %q", got)
	}
}

func TestBookAllocatesNothing(t *testing.T) {
	b := New([]string{"tenant", "host"}, nil, 1)
	at := time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC).UnixNano()
	code := b.Code(codes.Widevine, 6007, "key-manager")
	tenant, host := []byte("acme"), []byte("h1")
	one := func() {
		var p Places
		b.Place(&p, 0, tenant, at)
		b.Place(&p, 1, host, at)
		b.Failure(Failure{At: at, Code: code, Client: 7, Begins: true, Counted: true, Sampled: true, Failed: true, Places: &p})
		b.Request(Request{At: at, Granted: true, Took: time.Second, Client: 7, Places: &p})
	}
	one()
	if n := testing.AllocsPerRun(1000, one); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// A value that was not seen for a day gives its number to a new one, and what was
// known of the old one is not taken for the new one's.
func TestNumbersAreGivenAgain(t *testing.T) {
	b := New([]string{"pod"}, nil, 1)
	var p Places
	for i := range maxValues {
		b.Place(&p, 0, fmt.Appendf(nil, "pod-%d", i), 1)
	}
	b.usual[0] = []Witness{{Places: Places{firstPlace}}}
	if b.Place(&p, 0, []byte("late"), int64(time.Hour)); p[0] != otherPlace {
		t.Errorf("a value over the bound has the number %d", p[0])
	}
	b.Place(&p, 0, []byte("late"), int64(25*time.Hour))
	if b.dimensions[0].text(p[0]) != "late" {
		t.Errorf("%q has number %d", "late", p[0])
	}
	if got := b.usual[0][0].Places[0]; got != noPlace {
		t.Errorf("the reservoir names %d", got)
	}
}

func TestDurations(t *testing.T) {
	var d durations
	for range 95 {
		d.add(140 * time.Millisecond)
	}
	for range 5 {
		d.add(4 * time.Second)
	}
	if got := d.p95(); got < .14 || got > .161 {
		t.Errorf("p95 %v", got)
	}
	d.add(4 * time.Second)
	d.add(4 * time.Second)
	if got := d.p95(); got < 4 || got > 5.2 {
		t.Errorf("p95 %v", got)
	}
}
