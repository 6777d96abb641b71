package tailer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// A text that is read from within has the header in force there: the last one before the
// place, or the first one of the file.
func TestHeaderWithinAText(t *testing.T) {
	const first, second = "#Fields: date time x-extra-code sc-bytes\n", "#Fields: date time sc-bytes x-extra-code\n"
	row := func(a, b int) string { return fmt.Sprintf("2026-11-30 17:02:11 %d %d\n", a, b) }
	filler := strings.Repeat("2026-11-30 17:02:11 0 1\n", 2*headerSize/24)
	tests := []struct {
		name, before string // the text up to the place
		want         int    // the code of a row 4025 6007 there
	}{
		{"at the beginning", "", 0},
		{"below the header", "#Version: 1.0\n" + first, 4025},
		{"far below", first + filler, 4025},
		{"below another header", first + filler + second + row(1, 2), 6007},
		{"far below another header", first + filler + second + filler, 4025}, // not seen: docs/recognition.md
		{"in a text with no such beginning", "x\n" + first, 0},
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "u_ex261130.log")
			if err := os.WriteFile(path, []byte(tt.before+row(4025, 6007)), 0o600); err != nil {
				t.Fatal(err)
			}
			g, err := openGeneration(path, "", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer g.close()
			g.print.Offset = int64(len(tt.before))
			g.findHeader()
			p, err := parser.New(parser.Config{}, cat)
			if err != nil {
				t.Fatal(err)
			}
			p.SetHeader(&g.header.at)
			block := []byte(row(4025, 6007))
			var r parser.Result
			p.Parse(&r, block, len(block))
			got := 0
			if len(r.Events) == 1 {
				got = r.Events[0].Code
			}
			if got != tt.want {
				t.Errorf("code %d, not %d", got, tt.want)
			}
		})
	}
}

// The header goes with the text: what begins again has none of what was there before.
func TestHeaderBeginsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "u_ex261130.log")
	text := "#Fields: date time x-extra-code\n2026-11-30 17:02:11 4025\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := openGeneration(path, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	g.print.Offset = int64(len(text))
	if g.findHeader(); g.header.at == (parser.Header{}) {
		t.Fatal("no header found")
	}
	g.print.Offset = 0 // as after a truncation
	if g.findHeader(); g.header.at != (parser.Header{}) {
		t.Errorf("header %v before the first line", g.header.at)
	}
}
