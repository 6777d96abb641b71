package parser

import (
	"bytes"
	"os"
	"testing"

	"wvwatch/internal/parser/result"
)

// TestDeniedWithoutCode reads lines that report a denied licence without a code, as players,
// clients and proxies write them: nine of ten move a counter of such records. Lines about
// other licences, and about licences that were granted, move none.
func TestDeniedWithoutCode(t *testing.T) {
	p := shapeReader(t)
	for file, want := range map[string]func(moved, all int) bool{
		"testdata/denied.log":         func(moved, all int) bool { return 10*moved >= 9*all },
		"testdata/other-licences.log": func(moved, _ int) bool { return moved == 0 },
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		moved, all := 0, 0
		for line := range bytes.Lines(text) {
			var r result.Result
			p.Parse(&r, line, len(line))
			n := 0
			for _, missing := range r.WithoutCode {
				n += missing
			}
			if all++; n > 0 {
				moved++
			}
			if n > 1 || len(r.Events) > 0 {
				t.Errorf("%s: %d records without a code and %d codes: %s", file, n, len(r.Events), line)
			}
		}
		if !want(moved, all) || all < 20 {
			t.Errorf("%s: %d of %d lines moved a counter", file, moved, all)
		}
	}
}
