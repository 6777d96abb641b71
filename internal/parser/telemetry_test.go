package parser

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// telemetry writes a player's error with its number and name, as the telemetry
// libraries, platforms and languages of players do; body is the licence server's
// answer in it, "" for none.
var telemetry = []struct {
	name  string
	write func(n, name, body string) string
}{
	{"Segment", func(n, name, body string) string {
		return `{"userId":"u1","type":"track","event":"Video Playback Error","properties":{"errorCode":` + n + `,"errorType":"network","playhead":31` + member("response", body) + `}}`
	}},
	{"GA4", func(n, name, body string) string {
		return `{"client_id":"1.2","events":[{"name":"playback_error","params":{"errorCode":` + n + `,"error_message":` + quote(name) + text("server", body) + `}}]}`
	}},
	{"Sentry", func(n, name, body string) string {
		return `{"event_id":"ab","platform":"javascript","exception":{"values":[{"type":"PlaybackError","value":` + quote(name) + `}]},"extra":{"errorCode":` + n + member("response", body) + `}}`
	}},
	{"RUM", func(n, name, body string) string {
		return `{"type":"error","error":{"message":` + quote(name) + `,"source":"console"},"context":{"player":"shaka","errorCode":` + n + member("response", body) + `}}`
	}},
	{"luna", func(n, name, body string) string {
		return `{"returnValue":false,"errorCode":` + n + `,"errorText":` + quote(name) + member("response", body) + `}`
	}},
	{"pino", func(n, name, body string) string {
		return `{"level":50,"time":1795422948788,"err":{"type":"PlayerError","message":` + quote(name) + `,"stack":"PlayerError: x\n    at f (/srv/a.js:1:2)","errorCode":` + n + `}` + text("body", body) + `}`
	}},
	{"Kotlin", func(n, name, body string) string {
		if body != "" {
			body = ", response=" + strings.NewReplacer(`"`, "", ":", "=", "{", "LicenceError(", "}", ")", ",", ", ").Replace(body)
		}
		return "PlayerError(errorCode=" + n + ", errorCodeName=" + name + body + ")"
	}},
	{"Datadog", func(n, name, body string) string {
		return `{"ddsource":"browser","service":"web-player","error":{"kind":"MediaError","message":` + quote(name) + `},"errorCode":` + n + member("response", body) + `}`
	}},
	{"Mux", func(n, name, body string) string {
		return `{"event":"error","player_error_code":` + n + `,"errorCode":` + n + `,"viewer_id":"x"` + text("details", body) + `}`
	}},
	{"Bitmovin", func(n, name, body string) string {
		return `{"errorCode":` + n + `,"errorMessage":` + quote(name) + `,"impressionId":"x"` + member("response", body) + `}`
	}},
	{"OpenTelemetry", func(n, name, body string) string {
		if body != "" {
			body = `,{"key":"response","value":{"stringValue":` + quote(body) + `}}`
		}
		return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795422948788000000","body":{"stringValue":"playback error"},"attributes":[{"key":"player.name","value":{"stringValue":"exoplayer"}},{"key":"errorCode","value":{"intValue":"` + n + `"}}` + body + `]}]}]}]}`
	}},
	{"console", func(n, name, body string) string {
		return "[shaka] player.js:12 Error code " + n + " errorCode: " + n + " " + name + " " + body
	}},
}

func member(name, body string) string {
	if body == "" {
		return ""
	}
	return "," + quote(name) + ":" + body
}

func text(name, body string) string {
	if body == "" {
		return ""
	}
	return member(name, quote(body))
}

// TestPlayersTelemetry writes every number that means something else, too, as the
// events of players: none counts. With the server's body in it, that counts alone.
func TestPlayersTelemetry(t *testing.T) {
	cat := mustCatalogue(t)
	table, err := os.ReadFile("testdata/collisions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	for _, form := range telemetry {
		for _, row := range rows {
			f := strings.Split(row, "\t")
			if got := collect(t, cat, Config{}, []byte(form.write(f[0], f[2], "")+"\n"), 1); len(got.events) > 0 {
				t.Errorf("%s: %s %q counts: %q", form.name, f[0], f[2], got.events)
			}
			code := 4025
			if f[0] == "4025" {
				code = 4006
			}
			body := fmt.Sprintf(`{"status":"UNGRANTED_REQUEST","code":400,"errorCode":%d,"message":"Invalid request"}`, code)
			if !json.Valid([]byte(body)) {
				t.Fatal(body)
			}
			line := form.write(f[0], f[2], body)
			got := collect(t, cat, Config{}, []byte(line+"\n"), 1)
			if len(got.events) != 1 || !strings.HasPrefix(got.events[0][0], fmt.Sprintf("widevine %d ", code)) {
				t.Errorf("%s: %s with a body: %q in %s", form.name, f[0], got.events, line)
			}
		}
	}
	if n := len(rows) * len(telemetry); n < 3000 {
		t.Errorf("only %d events tried", n)
	}
}
