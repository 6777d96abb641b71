package parser

import (
	"fmt"
	"strings"
)

// loggers write a record as lines without the last newline; false where they
// can not write it.
var loggers = []part[func(b *builder, r *record) (string, bool)]{
	{"slog json", jsonLog(`{"time":"2026-11-23T08:35:50.453487903Z","level":"WARN","msg":%s%s}`)},
	{"zap", jsonLog(`{"level":"warn","ts":1795422950.4537055,"caller":"golog/main.go:4006","msg":%s%s}`)},
	{"zerolog", jsonLog(`{"level":"warn","message":%s%s,"time":"2026-11-23T08:35:50Z"}`)},
	{"pino", jsonLog(`{"level":40,"time":1795422948788,"pid":4025,"hostname":"vm-6007","msg":%s%s}`)},
	{"bunyan", jsonLog(`{"name":"proxy","hostname":"vm","pid":1007,"level":50,"msg":%s%s,"time":"2026-11-23T08:35:50.453Z","v":0}`)},
	{"winston", jsonLog(`{"message":%s%s,"level":"error","timestamp":"2026-11-23T08:35:50.453Z"}`)},
	{"logstash", jsonLog(`{"@timestamp":"2026-11-23T08:35:50.453Z","@version":"1","message":%s,"logger_name":"c.o.P","thread_name":"exec-4006","level":"ERROR","level_value":40000%s}`)},
	{"gcp", jsonLog(`{"severity":"ERROR","message":%s%s,"time":"2026-11-23T08:35:50.453Z"}`)},
	{"python json", jsonLog(`{"asctime": "2026-11-23 08:28:19,815", "levelname": "ERROR", "lineno": 4015, "message": %s%s}`)},
	{"monolog json", jsonLog(`{"message":%s,"context":{"x":1%s},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-11-23T08:35:50.453487+00:00","extra":[]}`)},
	{"monolog line", func(b *builder, r *record) (string, bool) {
		return fmt.Sprintf(`[2026-11-23T08:35:50.453487+00:00] app.ERROR: %s {%s} []`, r.message, members(r.fields)), !strings.Contains(r.message, "\n")
	}},
	{"pretty json", func(b *builder, r *record) (string, bool) {
		out := "{\n  \"level\": \"warn\",\n  \"msg\": " + quote(r.message)
		for _, f := range r.fields {
			out += ",\n  " + quote(f.name) + ": " + f.value
		}
		return out + "\n}", true
	}},
	{"slog text", logfmtLog("time=2026-11-23T08:35:50.453Z level=WARN msg=%s%s")},
	{"logrus", logfmtLog(`time="2026-11-23T08:35:50Z" level=warning msg=%s%s`)},
	{"zap dev", textLog("2026-11-23T08:35:50.454Z\tWARN\tgolog/main.go:4006\t%s\t{%s}")},
	{"logback", textLog("2026-11-23 08:28:19,815 [http-4006] ERROR c.o.d.P:4015 - %s {%s}")},
	{"log4j", textLog("23 Nov 2026 08:28:19,815 ERROR c.o.d.P (P.java:4015) - %s {%s}")},
	{"spring", textLog("2026-11-23 08:28:19.815 ERROR 4006 --- [exec-1007] c.o.d.P : %s {%s}")},
	{"python", textLog("2026-11-23 08:28:19,815 ERROR proxy: %s {%s}")},
	{"python basic", textLog("ERROR:proxy:%s {%s}")},
	{"python dict", func(b *builder, r *record) (string, bool) {
		out := "2026-11-23 08:28:19,815 ERROR proxy: " + r.message + " {'a': 1"
		for _, f := range r.fields {
			v := f.value
			if v[0] == '"' {
				if strings.ContainsAny(v, `'\`) {
					return "", false
				}
				v = "'" + v[1:len(v)-1] + "'"
			} else if v[0] == '{' {
				if strings.ContainsAny(v, `'\`) {
					return "", false
				}
				v = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(v, `"`, `'`), "null", "None"), "false", "False")
			}
			out += ", '" + f.name + "': " + v
		}
		return out + "}", true
	}},
	{"logback default", textLog("08:28:19.815 [http-4006] ERROR c.o.d.P - %s {%s}")},
	{"level only", textLog("[http-4006] WARN c.o.d.P - %s {%s}")},
	{"juli", textLog("23-Nov-2026 08:28:19.815 SEVERE [main] c.o.d.P.m %s {%s}")},
	{"trace", traceLog("2026-11-23 08:28:19,815 ERROR c.o.d.P - %s {%s}")},
	{"trace behind a time of day", traceLog("08:28:19.815 [http-4006] ERROR c.o.d.P - %s {%s}")},
	{"trace behind a level", traceLog("ERROR c.o.d.P - %s {%s}")},
	{"rails", textLog("E, [2026-11-23T08:28:19.815123 #4006] ERROR -- : [c0ffee-4025] %s {%s}")},
	{"laravel", textLog("[2026-11-23 08:28:19] production.ERROR: %s {%s}")},
	{"klog", textLog("E1123 08:28:19.815123    4006 proxy.go:4015] %s {%s}")},
	{"nginx error", textLog("2026/11/23 08:28:19 [error] 4006#4006: *6007 %s {%s}, client: 10.0.0.1")},
	{"logcat", textLog("11-23 08:28:19.815  4006  4021 E Player: %s {%s}")},
	{"web console", textLog("[Mon, 23 Nov 2026 08:28:19 GMT]  DRM.ts _x(): %s {%s}")},
	{"kodi", textLog("2024-10-12 23:03:11.627 T:7452    error <general>: %s {%s}")},
	{"serilog", textLog("[08:28:19 ERR] %s {%s}")},
	{"csv", func(_ *builder, r *record) (string, bool) {
		line := r.message + " {" + members(r.fields) + "}"
		return `2026-11-23 08:28:19,"400","` + strings.ReplaceAll(line, `"`, `""`) + `",4006`, true
	}},
	{"iis-like", textLog("2026-11-23 08:28:19 W3SVC1 10.0.0.1 %s {%s} 443")},
}

func jsonLog(format string) func(*builder, *record) (string, bool) {
	return func(_ *builder, r *record) (string, bool) {
		fields := members(r.fields)
		if fields != "" {
			fields = "," + fields
		}
		return fmt.Sprintf(format, quote(r.message), fields), true
	}
}

func textLog(format string) func(*builder, *record) (string, bool) {
	return func(_ *builder, r *record) (string, bool) {
		return fmt.Sprintf(format, r.message, members(r.fields)), true
	}
}

// traceLog repeats the message in a stack trace.
func traceLog(format string) func(*builder, *record) (string, bool) {
	return func(_ *builder, r *record) (string, bool) {
		return fmt.Sprintf(format, r.message, members(r.fields)) + "\njava.io.IOException: " + r.message + "\n\tat c.o.P.up(P.java:4006)\nCaused by: c.o.X: " +
			r.message + "\n\t... 4015 more", !strings.Contains(r.message, "\n")
	}
}

func logfmtLog(format string) func(*builder, *record) (string, bool) {
	return func(_ *builder, r *record) (string, bool) {
		out := ""
		for _, f := range r.fields {
			v := f.value
			if v[0] == '{' {
				v = quote(v)
			}
			if len(v) > 2 && v[0] == '"' && !strings.ContainsAny(v[1:len(v)-1], " \"\\={}") {
				v = v[1 : len(v)-1]
			}
			out += " " + f.name + "=" + v
		}
		return fmt.Sprintf(format, quote(r.message), out), true
	}
}

func members(fields []field) string {
	var out []string
	for _, f := range fields {
		out = append(out, quote(f.name)+":"+f.value)
	}
	return strings.Join(out, ",")
}

// wrappers put a record's lines into an envelope.
var wrappers = []part[func(b *builder, text string) string]{
	{"bare", func(_ *builder, s string) string { return s + "\n" }},
	{"bare", func(_ *builder, s string) string { return s + "\n" }},
	{"crlf", func(_ *builder, s string) string { return strings.ReplaceAll(s, "\n", "\r\n") + "\r\n" }},
	{"docker", func(b *builder, s string) string { return b.docker(s) }},
	{"cri", func(b *builder, s string) string { return b.cri(s) }},
	{"cri around docker", func(b *builder, s string) string { return b.cri(strings.TrimSuffix(b.docker(s), "\n")) }},
	{"syslog", each("<134>Nov 23 08:26:40 host-4006 proxy[6007]: ")},
	{"syslog file", each("Nov 23 08:26:40 host proxy[6007]: ")},
	{"rsyslog file", each("2026-11-23T08:26:40.123456+00:00 host proxy[6007]: ")},
	{"syslog 5424", each("<165>1 2026-11-23T08:26:40.003Z host proxy 8710 ID4006 - ")},
	{"syslog 5424 sd", each("<165>1 2026-11-23T08:26:40.003Z host proxy 8710 - [x@32473 iut=\"4006\"] \xef\xbb\xbf")},
	{"logcat", each("11-23 08:28:19.815  4006  4021 E Player  : ")},
	{"logcat brief", each("E/Player( 4006): ")},
	{"compose", each("proxy-4006  | ")},
	{"kubectl", each("[pod/proxy-4006/proxy] ")},
	{"syslog without a host", each("<134>Nov 23 08:26:40 proxy[6007]: ")},
	{"events in an array", func(_ *builder, s string) string {
		return `[{"timestamp":1795422948788,"port":4006},{"timestamp":1795422948789,"message":` + quote(s) + "}]\n"
	}},
	{"events joined", func(_ *builder, s string) string {
		return `{"timestamp":1795422948788,"message":` + quote(s) + `}{"timestamp":1795422948789,"extra":{"pid":4006}}` + "\n"
	}},
	{"journald", func(_ *builder, s string) string {
		return `{"__CURSOR":"s=4006;i=1","__REALTIME_TIMESTAMP":"1795422948788000","PRIORITY":"3","_PID":"4025","MESSAGE":` + quote(s) + "}\n"
	}},
	{"journald bytes", func(_ *builder, s string) string {
		m := fmt.Sprint([]byte(s))
		return `{"__REALTIME_TIMESTAMP":"1795422948788000","_PID":"4025","MESSAGE":` + strings.ReplaceAll(m, " ", ",") + "}\n"
	}},
	{"ecs", func(_ *builder, s string) string {
		return `{"@timestamp":"2026-11-23T08:35:50.453Z","log":{"offset":4006,"file":{"path":"/var/log/x.log"}},"message":` + quote(s) + `,"ecs":{"version":"1.6.0"},"host":{"name":"vm-6007"}}` + "\n"
	}},
	{"fluent", func(_ *builder, s string) string {
		return `{"stream":"stdout","logtag":"F","log":` + quote(s) + `,"kubernetes":{"pod_name":"proxy-4006","labels":{"a":"b"}}}` + "\n"
	}},
	{"cloudwatch", func(_ *builder, s string) string {
		return `{"messageType":"DATA_MESSAGE","owner":"4006","logGroup":"x","logEvents":[{"id":"1","timestamp":1795422948788,"message":"nothing 4006"},{"id":"2","timestamp":1795422948789,"message":` + quote(s) + "}]}\n"
	}},
	{"loki", func(_ *builder, s string) string {
		return `{"streams":[{"stream":{"app":"x"},"values":[["1795422948788000000",` + quote(s) + "]]}]}\n"
	}},
}

func each(header string) func(*builder, string) string {
	return func(_ *builder, s string) string {
		return header + strings.ReplaceAll(s, "\n", "\n"+header) + "\n"
	}
}

func (b *builder) docker(s string) string {
	out := ""
	for _, line := range strings.Split(s, "\n") {
		pieces := b.cut(line)
		for i, p := range pieces {
			if i == len(pieces)-1 {
				p += "\n"
			}
			out += `{"log":` + quote(p) + `,"stream":"stderr","time":"2026-11-23T08:27:32.699123456Z"}` + "\n"
		}
	}
	return out
}

func (b *builder) cri(s string) string {
	out := ""
	for _, line := range strings.Split(s, "\n") {
		pieces := b.cut(line)
		for i, p := range pieces {
			tag := "P"
			if i == len(pieces)-1 {
				tag = "F"
			}
			out += "2026-11-23T08:27:32.699123456Z stdout " + tag + " " + p + "\n"
		}
	}
	return out
}

// cut breaks a line into up to three pieces anywhere between its characters.
func (b *builder) cut(s string) []string {
	var out []string
	for range b.IntN(3) {
		if len(s) > 2 {
			n := 1 + b.IntN(len(s)-1)
			out = append(out, s[:n])
			s = s[n:]
		}
	}
	return append(out, s)
}
