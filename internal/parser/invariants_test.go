package parser

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/parser/result"
)

// evaluated are lines with signs to weigh, each in another way.
var evaluated = []string{
	`2026-11-23 08:28:19.815 WARN c.o.P - denied LicenceError(status=UNGRANTED_REQUEST, code=400, errorCode=4025, message=Invalid request)`,
	`2026/11/23 08:28:19 denied map[code:400 errorCode:4021 message:Invalid request status:UNGRANTED_REQUEST]`,
	`{"ts":"2026-11-23T08:28:19Z","player":"shaka","errorCode":6007,"message":"LICENSE_REQUEST_FAILED","response":{"errorCode":4021,"message":"x"}}`,
	`{"type":"track","event":"Video Playback Error","properties":{"errorCode":2001,"errorType":"network","playhead":31}}`,
	`{"ts":"2026-11-23T08:28:20Z","url":"https://pay.example.tv/v1/charge","status":402,"response":"{\"errorCode\":4025,\"message\":\"Card expired\"}"}`,
	`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795422948788000000","attributes":[{"key":"errorCode","value":{"intValue":"4021"}},{"key":"message","value":{"stringValue":"x"}}]}]}]}]}`,
	`{"events":[{"timestamp":1795422499815,"message":"{\"errorCode\":4025,\"message\":\"Invalid request\"}"},{"timestamp":1795422500815,"message":"x"}]}`,
	"proxy-1  web {\nproxy-1  web   \"errorCode\": 4025,\nproxy-1  web   \"message\": \"x\"\nproxy-1  web }",
	`E/MediaPlayer( 3676): error (-1320, 4025)`,
	`{"http":"x","error_code":4025,"status":"UNGRANTED_REQUEST","k":"v"}`,
	`1 b/s 0/0/0/0/0 400 360 - - ---- 1/1/0/0/0 0/0 {#7B#22errorCode#22:4025,#22message#22:#22x#22#7D} "POST /T1/wvls/v1/licenses HTTP/1.1"`,
}

// TestEvaluationAllocatesNothing holds the weighing of signs to the promise of Parse.
func TestEvaluationAllocatesNothing(t *testing.T) {
	for _, line := range evaluated {
		p := shapeReader(t)
		block := bytes.Repeat([]byte(line+"\n"), 50)
		var r result.Result
		for range 20 {
			p.Parse(&r, block, len(block)) // grow the scratch memory, learn the shapes
		}
		if n := testing.AllocsPerRun(10, func() { p.Parse(&r, block, len(block)) }); n > 0 {
			t.Errorf("%v allocations in 50 times %q", n, line)
		}
	}
}

// TestCountedIsNeverIgnored reads all cases of the specification, and random logs, with
// explanations: a number that a record reports is not refused in it.
func TestCountedIsNeverIgnored(t *testing.T) {
	cat := mustCatalogue(t)
	read := func(p *Parser, name string, lines []byte) (events int) {
		p.Explain(true)
		p.SetHeader(new(Header))
		var r result.Result
		p.Parse(&r, lines, len(lines))
		for _, e := range r.Events {
			for _, f := range r.Refusals {
				if f.Line == e.Line && f.Number == e.Code {
					t.Errorf("%s: %d counts and is refused: %s", name, e.Code, f.Reason)
				}
			}
		}
		return len(r.Events)
	}
	for _, c := range readSpec(t) {
		p, err := New(c.config, cat)
		if err != nil {
			t.Fatal(err)
		}
		read(p, c.file+": "+c.title, c.lines)
	}
	p, events := shapeReader(t), 0
	for seed := range uint64(800) {
		b := builder{Rand: rand.New(rand.NewPCG(seed, 13))}
		text, _, recipe := b.file()
		events += read(p, recipe, []byte(text))
	}
	if events < 800 {
		t.Errorf("only %d codes in random logs", events)
	}
}

// TestPlainProxyLinesAreReadByShape counts the lines of a proxy's JSON log that are
// read without a walk, and those of them that follow a plan: the walker takes over
// silently, and is three times as slow; so are tokens, at twice the cost of a plan.
func TestPlainProxyLinesAreReadByShape(t *testing.T) {
	p := shapeReader(t)
	var block bytes.Buffer
	const lines = 5000
	for i := range lines {
		body := "-"
		if i%10 == 0 {
			body = fmt.Sprintf(`{\"errorCode\":%d,\"message\":\"x\"}`, 4000+i%100)
		}
		fmt.Fprintf(&block, `{"@timestamp":"2026-11-23T08:%02d:%02d+00:00","remote_addr":"10.0.0.%d","request":"POST /NAG%d/wvls/v1/licenses HTTP/1.1","status":%d,"request_time":0.%03d,"resp_body":"%s"}`+"\n",
			i/60%60, i%60, i%250, 4000+i%97, 200+i%2*200, i%1000, body)
	}
	var r result.Result
	p.Parse(&r, block.Bytes(), block.Len())
	if r.Records != lines || p.reader.Filled() < lines*99/100 {
		t.Errorf("%d of %d records read by their shape", p.reader.Filled(), r.Records)
	}
	if p.reader.Followed() < lines*97/100 {
		t.Errorf("%d of %d records read by a plan", p.reader.Followed(), r.Records)
	}
}

// TestLongLinesAreLinear reads lines of one thing again and again: eight times the
// length may cost eight times the time, with much to spare for a busy machine.
func TestLongLinesAreLinear(t *testing.T) {
	for _, unit := range []string{"/T/wvls/v1/licenses ", "POST /T/wvls/v1/licenses ", "errorCode=4025 ", `{"errorCode":4006}`, "UNGRANTED_REQUEST ", "(errorCode 4025 ",
		`{"time":1,"a":[{"time":1}]},`, "error (-1320, ", "ZXJyb3JDb2Rl", "VU5HUkFOVEVEX1JFUVVFU1", "#22errorCode", `[{"key":"errorCode","value":1},`} {
		took := func(size int) time.Duration {
			p := shapeReader(t)
			line := []byte(strings.Repeat(unit, size/len(unit)) + "\n")
			best := time.Hour
			var r result.Result
			for range 3 {
				start := time.Now()
				p.Parse(&r, line, len(line))
				best = min(best, time.Since(start))
			}
			return best
		}
		small, large := took(24<<10), took(192<<10)
		if large > 40*small && large > 500*time.Millisecond {
			t.Errorf("%q: %v for 24 KiB, %v for 192 KiB", unit, small, large)
		}
	}
}
