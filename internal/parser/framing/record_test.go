package framing

import (
	"strings"
	"testing"
	"time"
)

// A line that was broken off must not make the records after its own go on in one another.
func TestRecordBeginsWithNothingOfTheOneBefore(t *testing.T) {
	var got []string
	f := New(Multiline{}, time.UTC, func(r *Record) int {
		got = append(got, strings.TrimSpace(string(r.Text[r.From:])))
		return 0
	})
	block := []byte("denied {\"a=\n{\"b\":1}\nfirst\nsecond\nthird\n")
	f.Frame(block, nil, len(block))
	if want := "denied {\"a=|{\"b\":1}|first|second|third"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
