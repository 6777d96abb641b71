package blame

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// Whatever a log names, an answer has at most 8 kB, and of each dimension the largest
// value.
func TestAnswerIsBounded(t *testing.T) {
	for _, text := range []string{"<", "\u2028", "\U0001F4A5", "x"} {
		b := New(nil, nil, 1)
		cat, err := codes.Load(codes.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for d := range MaxDimensions {
			b.Dimension(fmt.Sprintf("dimension_%d", d))
		}
		number := b.Code(codes.Widevine, 6007, "key-manager")
		for minute := -60; minute < 5; minute++ {
			for i := range 200 {
				at := onsetOfTests.Add(time.Duration(minute) * time.Minute).UnixNano()
				var p Places
				for d := range MaxDimensions {
					b.Place(&p, d, []byte(fmt.Sprint(i%(5+d))+strings.Repeat(text, 124/len(text))), at)
				}
				b.Request(Request{At: at, Granted: minute < 0, Places: &p})
				if minute >= 0 {
					b.Failure(Failure{At: at, Code: number, Client: uint32(minute*200 + i + 1), Begins: true, Counted: true, Sampled: true, Failed: true, Places: &p})
				}
			}
		}
		now := onsetOfTests.Add(5 * time.Minute)
		verdict := b.Judge(Question{Onset: onsetOfTests, Now: now, Catalogue: cat}).Answer()
		breakdown := b.Spread(onsetOfTests, now, func(string, int, string) bool { return true }, "").Answer()
		for name, answer := range map[string]any{"verdict": verdict, "breakdown": breakdown} {
			body, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if len(body) > 8<<10 {
				t.Errorf("%s of %q: %d bytes", name, text, len(body))
			}
		}
		for _, list := range [][]Dimension{verdict.Dimensions, breakdown.Dimensions} {
			if len(list) != MaxDimensions {
				t.Errorf("%q: %d dimensions", text, len(list))
			}
			for _, d := range list {
				if len(d.Top) == 0 || text == "x" && len(d.Top) != maxBars {
					t.Errorf("%q: %s has %d values", text, d.Name, len(d.Top))
				}
			}
		}
	}
}
