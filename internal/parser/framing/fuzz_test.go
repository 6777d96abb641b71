package framing

import (
	"testing"
	"time"
)

// FuzzEnvelope drives the unwrapping of container logs.
func FuzzEnvelope(f *testing.F) {
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
	p := New(Multiline{}, time.UTC, func(*Record) int { return 0 })
	f.Fuzz(func(t *testing.T, line []byte) {
		p.dropPieces() // of the last input's line
		e, _, ok, _ := p.unwrap(line, Span{})
		if ok && len(e.Text) > len(line) {
			t.Fatalf("an envelope of %d bytes holds %d", len(line), len(e.Text))
		}
		if e.Stream > 1 {
			t.Fatalf("stream %d", e.Stream)
		}
	})
}
