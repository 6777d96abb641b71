package parser

import (
	"strings"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/framing"
)

func TestText(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	cri := func(stream, flag, text string) string {
		return "2026-11-23T08:26:39.123456789Z " + stream + " " + flag + " " + text + "\n"
	}
	for _, tt := range []struct {
		name, block string
		lines       int
		want        string
		whole       bool
	}{
		{"plain lines", "one\r\ntwo\nthree\n", 2, "one\ntwo", true},
		{"last line without an end", "one", 3, "one", true},
		{"docker", `{"log":"a \"b\" extra=4006\n","stream":"stdout","time":"2026-11-23T08:26:39Z"}` + "\n", 1, `a "b" extra=4006`, true},
		{"docker in two", `{"log":"token=ab","stream":"stdout","time":"2026-11-23T08:26:39Z"}` + "\n" + `{"log":"cd\n","stream":"stdout","time":"2026-11-23T08:26:39Z"}` + "\n", 1, "token=abcd", true},
		{"pieces, another stream between", cri("stdout", "P", "token=ab") + cri("stderr", "F", "other") + cri("stdout", "P", "cd") + cri("stdout", "F", "ef") + cri("stdout", "F", "next"), 1, "token=abcdef", true},
		{"a piece whose rest is not there", cri("stdout", "P", "token=ab"), 1, "token=ab", false},
		{"a long line", strings.Repeat("x", framing.MaxText+5) + "\n", 1, strings.Repeat("x", framing.MaxText), false},
		{"nothing", "", 1, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, whole := p.Text([]byte("> "), []byte(tt.block), tt.lines)
			if string(got) != "> "+tt.want || whole != tt.whole {
				t.Errorf("%.80q, whole %t; want %.80q, %t", got, whole, tt.want, tt.whole)
			}
		})
	}
}
