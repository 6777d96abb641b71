// Package humanize writes counts, durations and paragraphs for people to read.
//
// Reports of commands and warnings of the daemon use the same forms. Everything
// here is a pure function; texts for programs (JSON, metrics) do not pass through it.
package humanize

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Width is the column, in characters, at which reports wrap running text: the
// same on a terminal and in a pipe.
const Width = 96

// Count returns n with its noun: 1 file, 2 files.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Number returns x without an exponent and without zeros at its end.
func Number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Duration returns d, rounded to seconds, without zeros at its end: 1h, not
// 1h0m0s; from two days on it returns days.
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d%time.Hour == 0 && d > 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0 && d > 0:
		return strings.TrimSuffix(d.String(), "0s")
	}
	return d.String()
}

// Wrap breaks text at its spaces into lines of at most width characters; a longer
// word gets a line of its own. An empty text has no line.
func Wrap(text string, width int) []string {
	var lines []string
	for word := range strings.FieldsSeq(text) {
		if last := len(lines) - 1; last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
