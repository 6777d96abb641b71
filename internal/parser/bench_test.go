package parser

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"wvwatch/internal/parser/result"
)

// benchLines are one line of each kind, of about the length that proxies write.
var benchLines = map[string]string{
	"json-request": `{"@timestamp":"2026-11-23T08:27:30+00:00","remote_addr":"127.0.0.1","request_id":"eb07423234287da2bfd23d5c3c4a468b","request":"POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":200,"body_bytes_sent":4025,"request_time":0.003,"upstream_addr":"127.0.0.1:6007","http_user_agent":"okhttp/4.9.3"}`,
	"json-body":    `{"@timestamp":"2026-11-23T08:27:30+00:00","remote_addr":"127.0.0.1","request_id":"eb07423234287da2bfd23d5c3c4a468b","request":"POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":400,"body_bytes_sent":55,"upstream_http_x_correlation_id":"c0ffee00-0000-4000-8000-000000004006","resp_body":"{\"errorCode\": 4006, \"message\": \"Token already played.\"}"}`,
	"text-request": `127.0.0.1 - - [23/Nov/2026:08:26:39 +0000] "POST /NAG4001/wvls/contentlicenseservice/v1/licenses?tenant=NAG4001 HTTP/1.1" 200 4025 "-" "Dalvik/2.1.0 (Linux; U; Android 11; SHIELD Android TV Build/RQ1A.210105.003)" rt=0.003 urt=0.003 rid=eb07423234287da2bfd23d5c3c4a468b`,
	"text-body":    `127.0.0.1 - - [23/Nov/2026:08:27:30 +0000] "POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1" 400 69 rt=0.005 urt=0.005 rid=821bc6ed1e7c4469d316c9f0958288ab xerr="{\x22errorCode\x22: 4025, \x22message\x22: \x22The subscribed product has expired.\x22}" auth="-"`,
	"noise":        `2026-11-23 08:28:19.815 INFO [worker-4006] c.o.session.Heartbeat - session 3f2a4006-4025-4015-6007-000000004006 of device 6007 kept alive after 4012 ms, next at 08:29:19, queue 1007, heap 4025 of 6001 MiB, connections 4006 to 10.0.0.1:6007, threads 1001, deliveries 2001, backlog 4000, state READY, reason NONE`,
	"docker-json":  `{"log":"{\"level\":40,\"time\":1795422948788,\"req\":{\"method\":\"POST\",\"url\":\"/NAG4001/wvls/contentlicenseservice/v1/licenses\"},\"statusCode\":400,\"responseTime\":4012,\"body\":\"{\\\"errorCode\\\":4006,\\\"message\\\":\\\"Token already played.\\\"}\",\"msg\":\"upstream returned error\"}\n","stream":"stdout","time":"2026-11-23T08:27:32.699123456Z"}`,
}

func BenchmarkParse(b *testing.B) {
	for name, line := range benchLines {
		b.Run(name, func(b *testing.B) {
			lines := 1 << 20 / (len(line) + 1)
			block := bytes.Repeat([]byte(line+"\n"), lines)
			p, err := New(Config{}, mustCatalogue(b))
			if err != nil {
				b.Fatal(err)
			}
			var r result.Result
			p.Parse(&r, block, len(block)) // grow the scratch memory
			b.SetBytes(int64(len(block)))
			b.ReportAllocs()
			for b.Loop() {
				p.Parse(&r, block, len(block))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
		})
	}
}

// hostileUnits are what lines made to be slow repeat.
var hostileUnits = map[string]string{
	"braces":   `{"a":`,
	"brackets": `{"a":[[[[[[`,
	"quotes":   `\"`,
	"keys":     `"errorCode":`,
	"escapes":  `{\"errorCode\":`,
	"slashes":  `\\\\\\\\`,
	"xtra":     `extra=`,
	"paths":    `/wvls/`,
	"base64":   `ZXJyb3JDb2Rl`,
	"entities": `&quot;errorCode`,
	"percent":  `%22errorCode`,
	"doubled":  `{""errorCode"":`,
	"numeric":  `{&#34;errorCode&#34;:`,
	"hundreds": strings.Repeat(`[`, 100) + `"errorCode":1,`,
	"optional": `Optional(1007) `,
	"logfmt":   `x=/T/wvls/licenses `,
	"morgan":   `POST /T/wvls/licenses x `,
	"swift":    `Optional(1007) SSM.ts `,
	"response": `CodeException: Response code: 400 `,
	"equals":   `extra=4006 a=`,
	"syslog":   `{#012"errorCode":4006`,
	"query":    `&extra=4006`,
	"mime":     `ZXJyb3JDb2Rl\n`,
	"hexbrace": `\x7B\x22errorCode\x22:4006`,
	"rocket":   `{:errorCode=>4006,`,
	"spaced":   `/T/wvls/v1/licenses `,
	"tabs":     "/T/wvls/v1/licenses\t",
	"bars":     "/T/wvls/v1/licenses|",
	"requests": `"POST /T/wvls/v1/licenses HTTP/1.1" 400 `,
	"status":   "UNGRANTED_REQUEST ",
	"license":  "License request ",
	"objects":  `{"a":{"errorCode":4006}},`,
}

// BenchmarkHostile reads lines made to be slow, of one unit and of two in turn, long and
// short: none may cost much more a byte than ordinary ones, and long ones no more than
// short ones.
func BenchmarkHostile(b *testing.B) {
	units := maps.Clone(hostileUnits)
	for name, unit := range hostileUnits {
		for _, other := range [...]string{"spaced", "tabs", "keys", "escapes", "morgan"} {
			units[name+"+"+other] = unit + hostileUnits[other]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(units)) {
		for _, size := range [...]int{1 << 10, 200 << 10} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) { hostile(b, units[name], size) })
		}
	}
}

// hostile reads 200 KiB of lines of about a size, which repeat unit.
func hostile(b *testing.B, unit string, size int) {
	line := "errorCode extra " + strings.Repeat(unit, size/len(unit)+1) + "\n"
	block := []byte(strings.Repeat(line, max(1, 200<<10/len(line))))
	p, err := New(Config{}, mustCatalogue(b))
	if err != nil {
		b.Fatal(err)
	}
	var r result.Result
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		if n := p.Parse(&r, block, len(block)); n != len(block) {
			b.Fatal(fmt.Errorf("took %d of %d", n, len(block)))
		}
	}
}

// TestAllocations holds every kind of line, with a code and without, to the
// promise that Parse allocates nothing once its scratch memory has grown.
func TestAllocations(t *testing.T) {
	p, err := New(Config{}, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := maps.Clone(benchLines)
	lines["all in turn"] = strings.Join(slices.Sorted(maps.Values(benchLines)), "\n")
	for name, line := range lines {
		block := bytes.Repeat([]byte(line+"\n"), 100)
		var r result.Result
		p.Parse(&r, block, len(block))
		if n := testing.AllocsPerRun(10, func() { p.Parse(&r, block, len(block)) }); n > 0 {
			t.Errorf("%s: %v allocations in 100 lines", name, n)
		}
	}
}

// BenchmarkEvidence reads a line of each kind of evidence.
func BenchmarkEvidence(b *testing.B) {
	seen := make(map[result.Evidence]bool)
	for _, kind := range [...]struct{ name, line string }{
		{"body", `2026-11-23 08:28:19.815 WARN c.o.P - upstream 400: {"errorCode":4006,"message":"Token already played."}`},
		{"base64", `2026-11-23 08:28:19.815 WARN c.o.P - body eyJlcnJvckNvZGUiOjQwMDYsIm1lc3NhZ2UiOiJ4In0=`},
		{"words", `2026-11-23 08:28:19.815 WARN c.o.P - denied LicenceError(status=UNGRANTED_REQUEST, code=400, errorCode=4006, message=x)`},
		{"extra", `2026-11-23 08:28:19.815 WARN c.o.P - licence refused extra=4015 status=400 port=6007`},
		{"callback", `11-23 08:28:19.815  4006  4021 E MediaDrm: onError what=-1320 extra=4006`},
		{"session", `2026-11-23 08:28:19.815 WARN SSM.ts setup failed, code Optional(1007), attempt 2`},
		{"bare", `2026-11-23 08:28:19.815 WARN c.o.P - POST https://l.example/T1/wvls/v1/licenses failed, errorCode=4006`},
	} {
		p, err := New(Config{}, mustCatalogue(b))
		if err != nil {
			b.Fatal(err)
		}
		lines := 1 << 20 / (len(kind.line) + 1)
		block := bytes.Repeat([]byte(kind.line+"\n"), lines)
		var r result.Result
		p.Parse(&r, block, len(block))
		if len(r.Events) != lines {
			b.Fatalf("%s: %d codes in %d lines", kind.name, len(r.Events), lines)
		}
		seen[r.Events[0].Evidence] = true
		b.Run(kind.name, func(b *testing.B) {
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				p.Parse(&r, block, len(block))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
		})
	}
	for e := range result.NumEvidence {
		if e != result.Configured && !seen[e] {
			b.Errorf("no line of %s", e)
		}
	}
}

// BenchmarkWalker reads JSON lines of which no shape is known.
func BenchmarkWalker(b *testing.B) {
	for _, name := range [...]string{"json-request", "json-body", "docker-json"} {
		b.Run(name, func(b *testing.B) {
			line := []byte(benchLines[name] + "\n")
			p, r := walker(b), result.Result{}
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				p.Parse(&r, line, len(line))
			}
		})
	}
}

// BenchmarkRecords joins lines to records and takes envelopes off, in which nothing
// is to be found.
func BenchmarkRecords(b *testing.B) {
	for name, text := range map[string]string{
		"plain":  "2026-11-23 08:28:19.815 INFO c.o.P - session of device 6007 kept alive\n",
		"trace":  "2026-11-23 08:28:19.815 INFO c.o.P - gone\njava.io.IOException: reset\n\tat c.o.P.main(P.java:6007)\n\tat c.o.Q.run(Q.java:4006)\n",
		"cri":    "2026-11-23T08:28:19.815123456Z stdout F session of device 6007 kept alive\n",
		"docker": `{"log":"session of device 6007 kept alive\n","stream":"stdout","time":"2026-11-23T08:28:19.815123456Z"}` + "\n",
		"syslog": "<134>Nov 23 08:28:19 host proxy[4006]: session of device 6007 kept alive\n",
	} {
		b.Run(name, func(b *testing.B) {
			block := []byte(strings.Repeat(text, 1<<20/len(text)))
			p, r := shapeReader(b), result.Result{}
			b.SetBytes(int64(len(block)))
			for b.Loop() {
				p.Parse(&r, block, len(block))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(r.Lines), "ns/line")
		})
	}
}
