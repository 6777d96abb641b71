package parser

import (
	"strings"
	"testing"

	"wvwatch/internal/parser/result"
)

// TestRecordIDs checks which tenant and which correlation or request id a record
// has, by which its codes are joined to incidents. $B is a body, $I an id.
func TestRecordIDs(t *testing.T) {
	const id, body = "c0ffee00-0000-4000-8000-000000004006", `{"errorCode":4006,"message":"x"}`
	cat := mustCatalogue(t)
	for _, tt := range []struct {
		line, tenant string
		has          bool
	}{
		{`{"correlation_id":"$I","request_id":"other","body":$B}`, "", true},
		{`{"body":$B,"resp_headers":{"X-Correlation-Id":["$I"]}}`, "", true},
		{`{"request_id":"$I","nv-tenant-id":"T1","body":$B}`, "T1", true},
		{`{"nv-correlation-id":"$I","url":"https://l.example/T1/wvls/v1/licenses","body":$B}`, "T1", true},
		{`{"msg":"{\"correlationId\":\"$I\",\"tenant\":\"T1\",\"extra\":4006}"}`, "T1", true},
		{`2026-11-23 08:28:19 ERROR [tenant=T1 cid=$I] - refused extra=4006`, "T1", true},
		{`POST /T1/wvls/v1/licenses 400 rid=$I $B`, "T1", true},
		{`x-correlation-id: $I refused $B`, "", true},
		{`requestId: $I refused extra=4006`, "", true},
		{`void: $I grid=$I refused extra=4006`, "", false},
		{`$I refused $B`, "", false},
		{`{"trace_id":"$I","tenant":"two words","body":$B}`, "", false},
	} {
		p, err := New(Config{}, cat)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.NewReplacer("$B", body, "$I", id).Replace(tt.line) + "\n"
		var r result.Result
		p.Parse(&r, []byte(line), len(line))
		if len(r.Events) != 1 {
			t.Errorf("%s: %d events", tt.line, len(r.Events))
			continue
		}
		want := ""
		if tt.has {
			want = id
		}
		if e := r.Events[0]; string(e.Tenant) != tt.tenant || string(e.CorrelationID) != want {
			t.Errorf("%s: tenant %q, id %q, want %q, %q", tt.line, e.Tenant, e.CorrelationID, tt.tenant, want)
		}
	}
}
