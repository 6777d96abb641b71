package parser

import (
	"fmt"
	"strings"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/result"
)

// Automatic labels are read by the names that proxies and collectors write, and from
// the path of a pod's log; of a list of upstream servers the last one answered.
func TestAutomaticLabels(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const request = `"time":"2026-11-17T14:01:00Z","method":"POST","uri":"/T1/wvls/contentlicenseservice/v1/licenses","status":200,"request_time":0.1`
	tests := []struct{ name, file, line, want string }{
		{"nginx", "", `{` + request + `,"upstream_addr":"10.0.0.1:80, 10.0.0.2:80"}`, "upstream=10.0.0.2:80"},
		{"no upstream", "", `{` + request + `,"upstream_addr":"-"}`, ""},
		{"Envoy", "", `{` + request + `,"UPSTREAM_HOST":"10.0.0.3:443"}`, "upstream=10.0.0.3:443"},
		{"HAProxy", "", `{` + request + `,"backend":"drm/srv1"}`, "upstream=drm/srv1"},
		{"Fluent Bit", "", `{` + request + `,"kubernetes":{"pod_name":"proxy-0","namespace_name":"drm","container_name":"nginx","host":"node-7"}}`,
			"host=node-7 pod=proxy-0 namespace=drm container=nginx"},
		{"path", "/var/log/pods/drm_proxy-0_0f3c/nginx/0.log", `{` + request + `}`, "pod=proxy-0 namespace=drm container=nginx"},
		{"key=value", "", `time=2026-11-17T14:01:00Z method=POST uri=/T1/wvls/contentlicenseservice/v1/licenses status=200 request_time=0.1 upstream_addr=10.0.0.9:80 hostname=edge-2`,
			"upstream=10.0.0.9:80 host=edge-2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := New(Config{Automatic: true}, cat)
			if err != nil {
				t.Fatal(err)
			}
			p.SetFile(tt.file)
			p.SetSample(1, 1)
			var r result.Result
			block := []byte(tt.line + "\n")
			p.Parse(&r, block, len(block))
			if len(r.Requests) != 1 || !r.Requests[0].Sampled {
				t.Fatalf("requests %+v", r.Requests)
			}
			var got []string
			for i, v := range r.Requests[0].Labels {
				if v != nil {
					got = append(got, fmt.Sprintf("%s=%s", r.Labels[i], v))
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("labels %q, want %q", strings.Join(got, " "), tt.want)
			}
		})
	}
}

// One request of so many has its labels read, however often the log's form is known.
func TestSampleOfRequests(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{Automatic: true}, cat)
	if err != nil {
		t.Fatal(err)
	}
	var block []byte
	const lines = 20_000
	for i := range lines {
		block = fmt.Appendf(block, `{"time":"2026-11-17T14:%02d:%02d.%03dZ","method":"POST","uri":"/T%d/wvls/contentlicenseservice/v1/licenses","status":200,"request_time":0.%03d,"upstream_addr":"10.0.0.1:80"}`+"\n",
			i/60/60%60, i/60%60, i%1000, i%7, i*37%1000)
	}
	for _, every := range []uint32{0, 1, 10, 100} {
		p.SetSample(every, every)
		var r result.Result
		p.Parse(&r, block, len(block))
		n := 0
		for i := range r.Requests {
			q := &r.Requests[i]
			if q.Sampled {
				n++
			}
			if q.Sampled != (q.Labels != nil) {
				t.Fatalf("sampled %v, labels %q", q.Sampled, q.Labels)
			}
		}
		want := 0
		if every > 0 {
			want = lines / int(every)
		}
		if len(r.Requests) != lines || n < want*8/10 || n > want*12/10 {
			t.Errorf("one of %d: %d of %d", every, n, len(r.Requests))
		}
	}
}
