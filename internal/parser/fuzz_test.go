package parser

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		`{"errorCode":4006,"message":"Token already played."}`,
		`a {\"errorCode\":4006} b={\\\"extra\\\":{\\\"code\\\":1}}`,
		"2026-11-23T08:27:32.699123456Z stdout P {\"error\n2026-11-23T08:27:32.699123456Z stdout F Code\":4006}\n",
		`{"log":"{\"errorCode\":40","stream":"stdout","time":"2026-11-23T08:27:32Z"}` + "\n" + `{"log":"06}\n","stream":"stdout"}`,
		"%257B%2522errorCode%2522%253A4006%257D &quot;errorCode&quot;:1 extra: 4015 what=-1352 extra=1007",
		"ERROR a\n\tat b\nCaused by: x extra=4015\n}\n",
		`POST /T/wvls/licenses HTTP/1.1" 400 eyJlcnJvckNvZGUiOjQwMDZ9 Optional(1007) {"logEvents":[{"extra":4015},{"extra":4015}]}`,
	} {
		f.Add([]byte(s))
	}
}

// FuzzParse holds the promises of Parse on any bytes: it takes whole lines only,
// takes everything where asked to, finds codes in their range, and returns the same
// wherever the block is cut.
func FuzzParse(f *testing.F) {
	seeds(f)
	cat := mustCatalogue(f)
	whole, err := New(Config{}, cat)
	if err != nil {
		f.Fatal(err)
	}
	pieces, err := New(Config{}, cat)
	if err != nil {
		f.Fatal(err)
	}
	whole.SetReference(time.Unix(1.8e9, 0))
	pieces.SetReference(time.Unix(1.8e9, 0))
	whole.Explain(true)
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, b result.Result
		if n := whole.Parse(&a, text, len(text)); n != len(text) {
			t.Fatalf("took %d of %d settled bytes", n, len(text))
		}
		want := make([]result.Event, 0, len(a.Events))
		for _, e := range a.Events {
			if e.Code < number.MinCode || e.Code > number.MaxCode || e.LastLine < e.Line || e.LastLine >= a.Lines {
				t.Fatalf("impossible event %+v in %d lines", e, a.Lines)
			}
			want = append(want, result.Event{Time: e.Time, DRM: e.DRM, Code: e.Code, Evidence: e.Evidence, Line: e.Line, LastLine: e.LastLine})
		}
		var got []result.Event
		lines := 0
		for pos, end := 0, 0; pos < len(text); {
			settled := 0
			if i := bytes.IndexByte(text[end:], '\n'); i >= 0 && end+i+1 < len(text) {
				end += i + 1
			} else {
				end, settled = len(text), len(text)-pos
			}
			n := pieces.Parse(&b, text[pos:end], settled)
			if n > 0 && pos+n < len(text) && text[pos+n-1] != '\n' {
				t.Fatalf("took part of a line")
			}
			for _, e := range b.Events {
				got = append(got, result.Event{Time: e.Time, DRM: e.DRM, Code: e.Code, Evidence: e.Evidence, Line: lines + e.Line, LastLine: lines + e.LastLine})
			}
			lines += b.Lines
			pos += n
		}
		order := func(x, y result.Event) int {
			for _, d := range []int{x.Line - y.Line, int(x.DRM) - int(y.DRM), x.Code - y.Code} {
				if d != 0 {
					return d
				}
			}
			return 0
		}
		slices.SortStableFunc(want, order)
		slices.SortStableFunc(got, order)
		if !slices.EqualFunc(want, got, func(x, y result.Event) bool {
			return x.Time == y.Time && x.DRM == y.DRM && x.Code == y.Code && x.Evidence == y.Evidence && x.Line == y.Line && x.LastLine == y.LastLine
		}) {
			t.Fatalf("in one block %+v\nline by line %+v", want, got)
		}
	})
}
