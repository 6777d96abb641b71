package read

import (
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// FuzzObject drives the JSON walker alone: it stops inside the text, and objects,
// answers and extras are balanced on the tape.
func FuzzObject(f *testing.F) {
	for _, s := range []string{
		`{"errorCode":4006,"message":"Token already played."}`,
		`{"a":{\"errorCode\":4006} b={\\\"extra\\\":{\\\"code\\\":1}}`,
		`{"extra":{"code":4015},"body":"{\"errorCode\":1}","logEvents":[{"extra":4015},{"extra":4015}]}`,
		`{"a":[{"key":"errorCode","value":{"intValue":"4025"}},{"key":"message","value":"x"}],'b':x=>1}`,
	} {
		f.Add([]byte(s))
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		f.Fatal(err)
	}
	s := New(Options{Auto: true}, cat, signs.New(cat, codes.Widevine))
	f.Fuzz(func(t *testing.T, text []byte) {
		text = append([]byte{'{'}, text...)
		s.Reset(text)
		s.arena, s.in = s.arena[:0], &s.block
		s.asked.reset()
		s.block.reset(text, s.literals)
		next, _ := s.object(text, 0, place{request: true})
		if next < 1 || next > len(text) {
			t.Fatalf("stopped at %d of %d", next, len(text))
		}
		open := map[tape.Kind]int{}
		for _, k := range s.Tokens {
			switch k.Kind {
			case tape.Close, tape.Drop:
				open[tape.Open]--
			case tape.AnswerClose:
				open[tape.AnswerOpen]--
			case tape.ExtraClose:
				open[tape.ExtraOpen]--
			case tape.Open, tape.AnswerOpen, tape.ExtraOpen:
				open[k.Kind]++
			}
			for kind, n := range open {
				if n < 0 {
					t.Fatalf("a token of kind %d closes nothing", kind)
				}
			}
		}
		for kind, n := range open {
			if n != 0 {
				t.Fatalf("%d tokens of kind %d are open at the end", n, kind)
			}
		}
	})
}
