package parser

import (
	"fmt"
	"testing"
	"time"

	"wvwatch/internal/parser/result"
)

// TestSampledClients reads granted requests of many seconds: one second in
// ClientSample names its clients, in text and in JSON read by its shape alike, and
// requests that were not granted name them always.
func TestSampledClients(t *testing.T) {
	p, err := New(Config{}, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	const seconds = 1 << 12
	named := map[string]int{}
	for i := range int64(seconds) {
		at := time.Unix(1_796_000_000+i, 0).UTC()
		for _, outcome := range [...]int{200, 504} {
			for kind, line := range map[string]string{
				"text": fmt.Sprintf("203.0.113.7 - - [%s] \"POST /T1/wvls/v1/licenses HTTP/1.1\" %d 55 \"-\" \"x\"\n", at.Format("02/Jan/2006:15:04:05 -0700"), outcome),
				"json": fmt.Sprintf(`{"time":%q,"remote_addr":"203.0.113.7","request":"POST /T1/wvls/v1/licenses HTTP/1.1","status":%d}`+"\n", at.Format(time.RFC3339), outcome),
			} {
				var r result.Result
				p.Parse(&r, []byte(line), len(line))
				if len(r.Requests) != 1 {
					t.Fatalf("%s: %d requests", line, len(r.Requests))
				}
				switch client := string(r.Requests[0].Client); client {
				case "203.0.113.7":
					named[fmt.Sprint(kind, outcome)]++
				case "":
				default:
					t.Fatalf("%s: client %q", line, client)
				}
			}
		}
	}
	for _, kind := range [...]string{"text", "json"} {
		if got := named[kind+"504"]; got != seconds {
			t.Errorf("%s: %d of %d failed requests name their client", kind, got, seconds)
		}
		if got, want := named[kind+"200"], seconds/result.ClientSample; got < want*3/4 || got > want*5/4 {
			t.Errorf("%s: %d granted requests name their client, about %d wanted", kind, got, want)
		}
	}
	if named["text200"] != named["json200"] {
		t.Errorf("text samples %d requests, JSON %d of the same seconds", named["text200"], named["json200"])
	}
}
