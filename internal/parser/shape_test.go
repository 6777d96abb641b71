package parser

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// walker returns a parser that knows no shapes and learns none.
func walker(t testing.TB) *Parser {
	p := shapeReader(t)
	p.reader.Walk(true)
	p.evaluator.Repeat(false)
	return p
}

func shapeReader(t testing.TB) *Parser {
	p, err := New(Config{Timezone: "UTC"}, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	p.SetReference(time.Unix(1.8e9, 0))
	p.SetSample(3, 2)
	return p
}

// sameAs reads block with both and wants the same of them.
func sameAs(t *testing.T, walk, shaped *Parser, block []byte) {
	t.Helper()
	var want, got result.Result
	walk.Parse(&want, block, len(block))
	shaped.Parse(&got, block, len(block))
	if !reflect.DeepEqual(want, got) && fmt.Sprintf("%+v", want) != fmt.Sprintf("%+v", got) { // an empty list is no other than none
		t.Fatalf("%q\nwalked %+v\nshaped %+v", block, want, got)
	}
}

// TestShapesChangeNothing reads all lines of the specification, random records,
// and variants of both, once by shapes and once without.
func TestShapesChangeNothing(t *testing.T) {
	walk, shaped := walker(t), shapeReader(t)
	rng := rand.New(rand.NewPCG(3, 4))
	read := func(line []byte) {
		shaped.reader.Walk(false)
		for range 3 { // the last makes the plan of its kind
			sameAs(t, walk, shaped, line)
		}
		for range 4 {
			line = variant(rng, line)
			sameAs(t, walk, shaped, line)
		}
	}
	for _, c := range readSpec(t) {
		for line := range bytes.Lines(c.lines) {
			read(line)
		}
	}
	for seed := range uint64(2000) {
		b := builder{Rand: rand.New(rand.NewPCG(seed, 5))}
		text, _, _ := b.file()
		for line := range bytes.Lines([]byte(text)) {
			read(line)
		}
	}
	shaped.reader.Walk(false)
	for _, l := range benchLines {
		line := []byte(l + "\n")
		for range 1000 {
			sameAs(t, walk, shaped, variant(rng, line))
		}
	}
	if byShape := shaped.reader.Filled(); byShape < 1000 {
		t.Errorf("only %d lines were read by their shape", byShape)
	}
	if followed := shaped.reader.Followed(); followed < 1000 {
		t.Errorf("only %d lines were read by a plan", followed)
	}
}

// variant changes a few bytes of a line.
func variant(rng *rand.Rand, line []byte) []byte {
	out := bytes.Clone(line)
	for range 1 + rng.IntN(3) {
		i := rng.IntN(len(out))
		switch c := out[i]; {
		case c == '\n':
		case lex.IsDigit(c):
			out[i] = '0' + byte(rng.IntN(10))
		case rng.IntN(4) == 0:
			out[i] = "\"\\{}[],: xC/('"[rng.IntN(14)]
		}
	}
	return out
}

// FuzzShapes reads one line by the shape of another.
func FuzzShapes(f *testing.F) {
	for _, l := range benchLines {
		f.Add([]byte(l), []byte(l))
	}
	f.Add([]byte(`{"extra":{"code":4006},"a":["x","y"]}`), []byte(`{"extra":{"code":4015},"a":["errorCode","y"]}`))
	f.Add([]byte(`{"ssp":{"errorCode":4006,"message":"m"},"path":"/T/wvls/v1/licenses"}`), []byte(`{"ssp":{"errorCode":"4","message":"\"}"},"path":"ls/"}`))
	cut := `{"time":"2026-11-23T08:00:18Z","addr":"10.1.2.3","request":"POST /T/wv` // within a string, and another line goes on
	f.Add([]byte(cut+`ls 2026-11-30 WARN POST https://l.example/T/ssm/v1/sessions 400 {"errorCode":1012,"message":"x"}`), []byte(cut+`{"errorCode":4018,"message":"x"}`))
	walk, shaped := walker(f), shapeReader(f)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		shaped.reader.Walk(false)
		for _, line := range [...][]byte{a, a, a, b, a, b, b} {
			sameAs(t, walk, shaped, line)
		}
	})
}
