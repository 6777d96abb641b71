package privacy

import (
	"regexp"
	"strings"
	"testing"
)

var longWords = regexp.MustCompile(`[\p{L}\p{N}]{4,}`)

// leaks returns the parts of a kind's value that show in out and not in the line
// without the value.
func leaks(k kind, value, without, out string) (shown []string) {
	parts := k.parts
	if parts == nil {
		parts = []string{value}
		if !k.named {
			parts = append(parts, longWords.FindAllString(value, -1)...)
		}
	}
	for _, p := range parts {
		if k.named || len(p) < 4 {
			whole := regexp.MustCompile(`(^|[^\p{L}\p{N}])` + regexp.QuoteMeta(p) + `($|[^\p{L}\p{N}])`)
			if len(whole.FindAllString(out, -1)) > len(whole.FindAllString(without, -1)) {
				shown = append(shown, p)
			}
		} else if strings.Count(out, p) > strings.Count(without, p) {
			shown = append(shown, p)
		}
	}
	return shown
}

// TestNothingPrivateShows plants every kind in every shape: plainly, and in some
// of the wrappings, others for each kind.
func TestNothingPrivateShows(t *testing.T) {
	planted, failed := 0, 0
	plant := func(k kind, s shape, wrap int, n int) {
		value, key := k.values[n%len(k.values)], k.keys[n%len(k.keys)]
		line, without := wrapped[wrap].wrap(s.write(key, value)), wrapped[wrap].wrap(s.write(key, ""))
		out := string(Redact(nil, []byte(line), 4025))
		planted++
		if shown := leaks(k, value, without, out); len(shown) > 0 {
			if failed++; failed <= 50 {
				t.Errorf("%s, %s, %s: %q shows\nin  %s\nout %s", k.what, s.what, wrapped[wrap].what, shown, line, out)
			}
		}
		if escaped := wrapped[wrap].wrap(value); len(value) > 3 && !k.named && strings.Contains(out, escaped) && !strings.Contains(without, escaped) {
			failed++
			t.Errorf("%s, %s, %s: shows with its escapes\nin  %s\nout %s", k.what, s.what, wrapped[wrap].what, line, out)
		}
	}
	n := 0
	for _, k := range kinds {
		for _, s := range shapes {
			if k.named && (s.keyless || s.prose && strings.Contains(k.what, "common words")) {
				continue
			}
			if raceDetector {
				n++
				plant(k, s, n%len(wrapped), n)
				continue
			}
			for range max(len(k.values), len(k.keys)) {
				n++
				plant(k, s, 0, n)
			}
			for i := range 3 {
				plant(k, s, 1+(n+7*i)%(len(wrapped)-1), n+i)
			}
		}
	}
	t.Logf("%d kinds, %d shapes, %d wrappings: %d planted, %d shown", len(kinds), len(shapes), len(wrapped), planted, failed)
}

// The code for which a record is shown is left in every shape.
func TestEvidenceShows(t *testing.T) {
	for _, k := range kinds {
		for _, s := range shapes {
			if s.what == "table" || s.what == "tab separated" {
				continue // the code has no name there
			}
			line := s.write(k.keys[0], k.values[0])
			if out := Redact(nil, []byte(line), 4025); !strings.Contains(string(out), "4025") {
				t.Errorf("%s, %s: no code\nin  %s\nout %s", k.what, s.what, line, out)
			}
		}
	}
}
