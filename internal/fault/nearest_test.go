package fault

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	keys := []string{"name", "files", "exclude", "threshold", "keep_firing_for", "for", "log"}
	for word, want := range map[string]string{
		"treshold":              "threshold",
		"Files":                 "files",
		"flies":                 "files",
		"keep-firing-for":       "keep_firing_for",
		"keepFiringFor":         "keep_firing_for",
		"fro":                   "for",
		"exlcude":               "exclude",
		"xy":                    "",
		"":                      "",
		"colour":                "",
		strings.Repeat("n", 99): "",
	} {
		if got := Nearest(word, keys); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "acb", 1}, // a swap is one slip
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if there, back := distance(test.a, test.b), distance(test.b, test.a); there != back {
			t.Errorf("distance(%q, %q) is %d there and %d back", test.a, test.b, there, back)
		}
	}
}
