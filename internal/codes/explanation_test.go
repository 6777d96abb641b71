package codes

import (
	"strings"
	"testing"
	"unicode/utf8"

	"wvwatch/internal/humanize"
)

// Every number of the catalogue is explained within the width of the page, words
// that are longer than their column aside.
func TestExplainFitsThePage(t *testing.T) {
	cat, err := Load(Config{Overlay: "testdata/overlay.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range cat.Len() {
		var b strings.Builder
		if err := cat.Explain(&b, []int{cat.At(i).Code}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			words := strings.Fields(line)
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > humanize.Width && len(words[len(words)-1]) < 48 {
				t.Errorf("%d: %d characters: %s", cat.At(i).Code, n, line)
			}
		}
	}
}

// A number that only others use is explained as one that is in no server's list.
func TestExplainOthersOnly(t *testing.T) {
	var b strings.Builder
	writeExplanation(&b, 6012, nil, []Collision{{Code: 6012, System: "Shaka Player", Meaning: "NO_LICENSE_SERVER_GIVEN"}})
	const want = `6012 is no licence server's code

6012 also means something else to others:
  Shaka Player  NO_LICENSE_SERVER_GIVEN
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}
