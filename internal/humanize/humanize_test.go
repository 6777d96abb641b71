package humanize

import (
	"strings"
	"testing"
	"time"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"unbreakable word", 4, "unbreakable|word"},
		{"später größer", 13, "später größer"},
	}
	for _, tt := range tests {
		if got := strings.Join(Wrap(tt.text, tt.width), "|"); got != tt.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0s",
		1400 * time.Millisecond:       "1s",
		90 * time.Second:              "1m30s",
		5 * time.Minute:               "5m",
		time.Hour:                     "1h",
		time.Hour + time.Minute:       "1h1m",
		47*time.Hour + 59*time.Second: "47h0m59s",
		48 * time.Hour:                "2.0 days",
		60 * time.Hour:                "2.5 days",
		-time.Hour:                    "-1h0m0s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files"} {
		if got := Count(n, "file"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{6: "6", 0.46: "0.46", 1e7: "10000000"} {
		if got := Number(x); got != want {
			t.Errorf("Number(%v) = %q, want %q", x, got, want)
		}
	}
}
