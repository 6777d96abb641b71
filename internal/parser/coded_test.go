package parser

import "testing"

// TestCodedRequest reads a request with a code in its record: both name the same client,
// and the request is marked as coded.
func TestCodedRequest(t *testing.T) {
	p := shapeReader(t)
	for _, line := range []string{
		`{"time":"2026-11-23T08:27:30Z","remote_addr":"203.0.113.7","request":"POST /T/wvls/v1/licenses HTTP/1.1","status":400,"request_id":"c0ffee-1","body":"{\"errorCode\":4006,\"message\":\"x\"}"}`,
		`203.0.113.7 - - [23/Nov/2026:08:26:39 +0000] "POST /T/wvls/v1/licenses HTTP/1.1" 400 55 rid=c0ffee-1 body={"errorCode":4006,"message":"x"}`,
	} {
		for range 3 { // walked, and by its template
			var r Result
			p.Parse(&r, []byte(line+"\n"), len(line)+1)
			if len(r.Requests) != 1 || len(r.Events) != 1 {
				t.Fatalf("%s: %d requests, %d events", line, len(r.Requests), len(r.Events))
			}
			q, e := r.Requests[0], r.Events[0]
			if !q.Coded || string(q.Client) != "203.0.113.7" || string(e.Client) != string(q.Client) || string(q.CorrelationID) != "c0ffee-1" {
				t.Errorf("%s: request %+v, event %+v", line, q, e)
			}
		}
	}
}
