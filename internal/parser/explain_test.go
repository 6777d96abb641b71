package parser

import (
	"bytes"
	"reflect"
	"testing"

	"wvwatch/internal/parser/result"
)

// TestExplainedAnywhere explains each line of the specification alone and after
// another line: the refusals are the same, wherever in the block the record is.
func TestExplainedAnywhere(t *testing.T) {
	alone, after := shapeReader(t), shapeReader(t)
	alone.Explain(true)
	after.Explain(true)
	before := append(bytes.Repeat([]byte("x "), 400), '\n')
	cases := readSpec(t)
	cases = append(cases, specCase{lines: []byte(`{"a":"denied 4006","b":"x Optional(1009)"}` + "\n")})
	for _, c := range cases {
		if bytes.Count(c.lines, []byte{'\n'}) != 1 {
			continue
		}
		var want, got result.Result
		alone.Parse(&want, c.lines, len(c.lines))
		block := append(bytes.Clone(before), c.lines...)
		after.Parse(&got, block, len(block))
		for i := range got.Refusals {
			got.Refusals[i].Line--
		}
		if len(want.Refusals)+len(got.Refusals) > 0 && got.Records == want.Records+1 && !reflect.DeepEqual(want.Refusals, got.Refusals) {
			t.Errorf("%s: %q:\nalone %+v\nafter another line %+v", c.file, c.lines, want.Refusals, got.Refusals)
		}
	}
}
