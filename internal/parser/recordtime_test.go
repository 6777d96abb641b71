package parser

import (
	"strings"
	"testing"
	"time"

	"wvwatch/internal/parser/result"
)

// TestRecordTimes checks which of a record's times is its own: the innermost that
// names its zone, wherever loggers and envelopes put it. $B is a body.
func TestRecordTimes(t *testing.T) {
	const none = "1970-01-01T00:00:00Z"
	cat := mustCatalogue(t)
	for _, tt := range []struct{ line, want string }{
		{`{"time":"2026-11-23T09:28:19.815+01:00","body":$B}`, "2026-11-23T08:28:19.815Z"},
		{`{"body":$B,"@timestamp":"2026-11-23T08:28:19Z"}`, "2026-11-23T08:28:19Z"},
		{`{"ts":1795422499.815,"body":$B}`, "2026-11-23T08:28:19.815Z"},
		{`{"timestamp":"1795422499815000000","body":$B}`, "2026-11-23T08:28:19.815Z"},
		{`{"body":{"errorCode":4006,"message":"x","timestamp":"2020-01-01T00:00:00Z"},"time":1795422499815}`, "2026-11-23T08:28:19.815Z"},
		{`{"instant":{"epochSecond":1795422499,"nanoOfSecond":815000000},"message":"x $Q"}`, "2026-11-23T08:28:19Z"},
		{`2026-11-23 08:28:19,815 ERROR x $B`, "2026-11-23T07:28:19.815Z"}, // no zone: Zurich's
		{`level=error time=2026-11-23T08:28:19.815Z $B`, "2026-11-23T08:28:19.815Z"},
		{`ERROR 2026-11-23 08:28:19,815 x $B`, "2026-11-23T07:28:19.815Z"},
		{`[ERROR] [2026-11-23T08:28:19.815Z] x $B`, "2026-11-23T08:28:19.815Z"},
		{`E, [2026-11-23T08:28:19.815123 #4015] ERROR -- : $B`, "2026-11-23T07:28:19.815123Z"},
		{"app.proxy\t2026-11-23T08:28:19+00:00\t$B", "2026-11-23T08:28:19Z"},
		{"2026-11-23T08:28:19+00:00\tapp.proxy\t$B", "2026-11-23T08:28:19Z"},
		{`proxy-1  | 2026-11-23T08:28:19.815Z x $B`, "2026-11-23T08:28:19.815Z"},
		{`10.0.0.1 - - [23/Nov/2026:09:28:19 +0100] "POST /licence HTTP/1.1" 400 5 $B`, "2026-11-23T08:28:19Z"},
		{`<134>1 2026-11-23T09:28:19.815+01:00 h p 1 - - $B`, "2026-11-23T08:28:19.815Z"},
		{`11-23 08:28:19.815  4006  4021 E Player: $B`, "2026-11-23T07:28:19.815Z"},
		{`2026-11-23T08:28:20Z stdout F 2026-11-23 07:00:00 x $B`, "2026-11-23T08:28:20Z"},
		{`2026-11-23T08:28:20Z stdout F 2026-11-23T08:28:19Z x $B`, "2026-11-23T08:28:19Z"},
		{`{"log":"{\"time\":\"2026-11-23T08:28:19Z\",\"body\":$Q}\n","stream":"stdout","time":"2026-11-23T08:28:25Z"}`, "2026-11-23T08:28:19Z"},
		{`{"__REALTIME_TIMESTAMP":"1795422499815000","_PID":"4015","MESSAGE":"x $Q"}`, "2026-11-23T08:28:19.815Z"},
		{`{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1795422499815,"message":"x $Q"}]}`, "2026-11-23T08:28:19.815Z"},
		{`{"streams":[{"stream":{"app":"x"},"values":[["1795422499815000000","x $Q"]]}]}`, "2026-11-23T08:28:19.815Z"},
		{`{"streams":[{"stream":{"app":"x"},"values":[["1795422499815000000","2026-11-23T08:28:18Z x $Q"]]}]}`, "2026-11-23T08:28:18Z"},
		{`[{"time":1795422499,"body":$B}]`, "2026-11-23T08:28:19Z"},
		{`licence refused $B`, none},
		{`licence of 2020-01-01T00:00:00Z refused $B`, none},
	} {
		p, err := New(Config{Timezone: "Europe/Zurich"}, cat)
		if err != nil {
			t.Fatal(err)
		}
		p.SetReference(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		const body = `{"errorCode":4006,"message":"x"}`
		line := strings.NewReplacer("$B", body, "$Q", strings.ReplaceAll(body, `"`, `\"`)).Replace(tt.line) + "\n"
		var r result.Result
		p.Parse(&r, []byte(line), len(line))
		if len(r.Events) != 1 {
			t.Errorf("%s: %d events", tt.line, len(r.Events))
			continue
		}
		if got := time.Unix(0, r.Events[0].Time).UTC().Format(time.RFC3339Nano); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.line, got, tt.want)
		}
	}
}
