package payload

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// decoders are all decoders by name.
var decoders = map[string]func(*Writer, []byte) error{
	"loki": Loki, "lokijson": LokiJSON, "otlp": OTLP, "otlpjson": OTLPJSON, "values": Values,
	"subscription": Subscription,
	"firehose":     func(w *Writer, body []byte) error { _, err := Firehose(w, body); return err },
}

// lines decodes body and returns the lines.
func lines(t *testing.T, decoder string, labels []string, body []byte) []string {
	t.Helper()
	w := NewWriter(labels, 1<<20)
	w.Reset(nil)
	if err := decoders[decoder](w, body); err != nil {
		t.Fatalf("%s: %v", decoder, err)
	}
	text := string(w.Lines())
	if text != "" && !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: the last line has no newline: %q", decoder, text)
	}
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d lines, want %d: %q", what, len(got), len(want), got)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: line %d:\n got %s\nwant %s", what, i, got[i], want[i])
		}
	}
}

func str(s string) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
}

func number(n int64) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: n}}
}

func list(pairs ...*common.KeyValue) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: pairs}}}
}

func pair(key string, v *common.AnyValue) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: v}
}

const second = 1795422948000000000 // 2026-11-23T08:35:48Z

func export(records ...*logs.LogRecord) *logs.LogsData {
	return &logs.LogsData{ResourceLogs: []*logs.ResourceLogs{{
		Resource:  &resource.Resource{Attributes: []*common.KeyValue{pair("service.name", str("proxy")), pair("k8s.pod.uid", str("1-2")), pair("n", number(7))}},
		ScopeLogs: []*logs.ScopeLogs{{LogRecords: records}},
	}}}
}

// One request in the libraries' protobuf and JSON becomes the same lines.
func TestOTLP(t *testing.T) {
	array := &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: []*common.AnyValue{str("a"), number(1), {}}}}}
	tests := []struct {
		name   string
		record *logs.LogRecord
		want   string
	}{
		{"text", &logs.LogRecord{TimeUnixNano: second + 5e8, Body: str("a \"line\"\n")},
			`<14>1 2026-11-23T08:35:48.5Z - - - - [labels service.name="proxy"] a "line"`},
		{"attributes of the agent", &logs.LogRecord{ObservedTimeUnixNano: second, Body: str("x"), Attributes: []*common.KeyValue{pair("log.file.name", str("a.log"))}},
			`<14>1 2026-11-23T08:35:48Z - - - - [labels service.name="proxy"] x`},
		{"attributes", &logs.LogRecord{TimeUnixNano: second, SeverityText: "ERROR", Body: str("play\tfailed"), Attributes: []*common.KeyValue{pair("error_code", number(4025)), pair("ok", &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}), pair("f", &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: 1.5}})}},
			`{"time":"2026-11-23T08:35:48Z","severity":"ERROR","message":"play\tfailed","service.name":"proxy","error_code":4025,"ok":true,"f":1.5}`},
		{"wanted attribute", &logs.LogRecord{TimeUnixNano: second, Body: str("x"), Attributes: []*common.KeyValue{pair("host.name", str(`h"]`))}},
			`<14>1 2026-11-23T08:35:48Z - - - - [labels service.name="proxy" host.name="h\"\]"] x`},
		{"object", &logs.LogRecord{TimeUnixNano: second, Body: list(pair("status", str("DENIED")), pair("error_code", number(4015)), pair("more", list(pair("a", array))), pair("b", &common.AnyValue{Value: &common.AnyValue_BytesValue{BytesValue: []byte("hi")}}))},
			`{"time":"2026-11-23T08:35:48Z","service.name":"proxy","body":{"status":"DENIED","error_code":4015,"more":{"a":["a",1,null]},"b":"hi"}}`},
		{"number", &logs.LogRecord{Body: number(4006)}, `<14>1 - - - - - [labels service.name="proxy"] 4006`},
		{"nothing", &logs.LogRecord{TimeUnixNano: second}, `{"time":"2026-11-23T08:35:48Z","service.name":"proxy"}`},
		{"envelope", &logs.LogRecord{TimeUnixNano: second, Body: str("2026-11-23T08:35:48.123456789Z stdout F text")}, `2026-11-23T08:35:48.123456789Z stdout F text`},
	}
	wanted := []string{"service.name", "host.name"}
	for _, tt := range tests {
		binary, err := proto.Marshal(export(tt.record))
		if err != nil {
			t.Fatal(err)
		}
		same(t, tt.name+", protobuf", lines(t, "otlp", wanted, binary), tt.want)
		text, err := protojson.Marshal(export(tt.record))
		if err != nil {
			t.Fatal(err)
		}
		same(t, tt.name+", JSON", lines(t, "otlpjson", wanted, text), tt.want)
	}
}

// push builds a PushRequest; each stream is its labels and entries of second, line
// and pairs of metadata.
func push(labels string, entries ...[]string) []byte {
	var stream []byte
	field := func(dst []byte, number protowire.Number, value []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), value)
	}
	stream = field(stream, 1, []byte(labels))
	for i, e := range entries {
		at := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), second/1e9)
		at = protowire.AppendVarint(protowire.AppendTag(at, 2, protowire.VarintType), uint64(i))
		entry := field(field(nil, 1, at), 2, []byte(e[0]))
		for m := 1; m+1 < len(e); m += 2 {
			entry = field(entry, 3, field(field(nil, 1, []byte(e[m])), 2, []byte(e[m+1])))
		}
		stream = field(stream, 2, entry)
	}
	stream = protowire.AppendVarint(protowire.AppendTag(stream, 3, protowire.VarintType), 99)
	return field(nil, 1, stream)
}

func TestLoki(t *testing.T) {
	body := append(push(`{app="a b", pod="x"}`, []string{"one"}, []string{"two\n  at x\n"}), push(`{app="c\"d"}`, []string{"", "filename", "f"}, []string{"four", "extra", "6007"})...)
	text, err := json.Marshal(map[string]any{"streams": []any{
		map[string]any{"stream": map[string]string{"app": "a b", "pod": "x"}, "values": []any{[]any{"1795422948000000000", "one"}, []any{"1795422948000000001", "two\n  at x\n", map[string]string{}}}},
		map[string]any{"stream": map[string]string{"app": `c"d`}, "values": []any{[]any{"1795422948000000000", "", map[string]string{"filename": "f"}}, []any{"1795422948000000001", "four", map[string]string{"extra": "6007"}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for decoder, body := range map[string][]byte{"loki": body, "lokijson": text} {
		same(t, decoder, lines(t, decoder, []string{"app"}, body),
			`<14>1 2026-11-23T08:35:48Z - - - - [labels app="a b"] one`,
			`<14>1 2026-11-23T08:35:48.000000001Z - - - - [labels app="a b"] two`, `  at x`,
			`<14>1 2026-11-23T08:35:48Z - - - - [labels app="c\"d"] `,
			`{"time":"2026-11-23T08:35:48.000000001Z","message":"four","app":"c\"d","extra":"6007"}`)
		same(t, decoder, lines(t, decoder, nil, body)[:1], `<14>1 2026-11-23T08:35:48Z - - - - - one`)
	}
}

func zip(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// A line that has a time is kept as it is, unless labels are wanted.
func TestOwnTime(t *testing.T) {
	all := NewWriter(nil, 1<<20) // lines of other shapes come between them
	for _, tt := range []struct {
		line string
		own  bool
	}{
		{`{"time":"2026-11-23T08:27:30Z","status":403}`, true}, {`{"a":1,"@timestamp":"2026-11-23T08:27:30Z"}`, true}, {`{"ts":1795422948.1,"level":"info"}`, true},
		{`{"request_time":0.004,"status":403,"a":"b"}`, false}, {`{"a":1}`, false}, {`{"status":403,"bytes":1234567}`, false},
		{`10.0.0.1 - - [23/Nov/2026:08:27:30 +0000] "POST /x HTTP/1.1" 200`, true}, {`2026-11-23 08:27:30.123 INFO x`, true}, {`2026-11-23T08:27:30Z INFO x`, true},
		{`something was denied [sic] and more`, false}, {`[`, false}, {`2026-11-23`, false}, {strings.Repeat("x", 127) + "[", false},
	} {
		want := "<14>1 2026-11-23T08:35:48Z - - - - - " + tt.line
		if tt.own {
			want = tt.line
		}
		body := push(`{app="x"}`, []string{tt.line})
		same(t, tt.line, lines(t, "loki", nil, body), want)
		for range 2 {
			if all.Reset(nil); Loki(all, body) != nil || string(all.Lines()) != want+"\n" {
				t.Errorf("after other lines %q, want %q", all.Lines(), want)
			}
		}
		same(t, tt.line, lines(t, "loki", []string{"app"}, body), `<14>1 2026-11-23T08:35:48Z - - - - [labels app="x"] `+tt.line)
	}
}

func TestFirehose(t *testing.T) {
	body := fmt.Sprintf(`{"requestId":"ed4acda5-034f-9f42-bba1-f29aea6d7d8f","timestamp":1578090901599,"records":[{"data":"%s"},{"data":"%s"},{"data":"%s"},{"data":"%s"}]}`,
		base64.StdEncoding.EncodeToString([]byte("one\ntwo")),
		zip(`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/proxy","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"3","timestamp":1795422948000,"message":"three\n"},{"id":"4","timestamp":1795422948001,"message":"{\"error_code\":4025}"}]}`),
		zip(`{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}`),
		base64.StdEncoding.EncodeToString([]byte("five\n")))
	same(t, "firehose", lines(t, "firehose", []string{"logGroup"}, []byte(body)),
		"one", "two",
		`<14>1 2026-11-23T08:35:48Z - - - - [labels logGroup="/aws/proxy"] three`,
		`<14>1 2026-11-23T08:35:48.001Z - - - - [labels logGroup="/aws/proxy"] {"error_code":4025}`,
		"five")
	w := NewWriter(nil, 1<<20)
	w.Reset(nil)
	d, err := Firehose(w, []byte(body))
	if err != nil || d.RequestID != "ed4acda5-034f-9f42-bba1-f29aea6d7d8f" || d.Timestamp != 1578090901599 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestValues(t *testing.T) {
	for body, want := range map[string][]string{
		"[{\"a\":1,\n \"b\":\"x y\"},\n{}, \"s\"]": {`{"a":1,"b":"x y"}`, `{}`, `"s"`},
		"[1]\n[2]\n":                    {"1", "2"},
		"{\"a\":\"}{\"}{\n\"b\":2}\n{}": {`{"a":"}{"}`, `{"b":2}`, "{}"},
		" \n":                           nil,
	} {
		same(t, body, lines(t, "values", nil, []byte(body)), want...)
	}
}

// Bodies that follow one another are all read: a collector's file, sent by a script.
func TestBodiesInARow(t *testing.T) {
	for decoder, body := range map[string]string{
		"otlpjson": `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"}}]}]}]}`,
		"lokijson": `{"streams":[{"stream":{},"values":[["","one"]]}]}`,
		"firehose": `{"requestId":"x","timestamp":1,"records":[{"data":"b25l"}]}`,
	} {
		same(t, decoder, lines(t, decoder, nil, []byte(body+"\n"+body+body)), "one", "one", "one")
	}
}

// Some senders write the names of OTLP's fields as protobuf has them, and values of other
// kinds than their names.
func TestOTLPOfOthers(t *testing.T) {
	body := `{"resource_logs":[{"scope_logs":[{"log_records":[{"time_unix_nano":"1795422948000000000","severity_text":"WARN","body":{"string_value":"one"},
		"attributes":[{"key":"a_b","value":{"int_value":"x"}},{"key":"f","value":{"double_value":"y"}},{"key":"raw","value":{"bytes_value":"%"}},{"key":"n","value":{"intValue":null}}]}]}]}]}`
	same(t, "snake case", lines(t, "otlpjson", nil, []byte(body)),
		`{"time":"2026-11-23T08:35:48Z","severity":"WARN","message":"one","a_b":"x","f":"y","raw":"%","n":""}`)
}

func TestInvalid(t *testing.T) {
	deep := strings.Repeat(`{"kvlistValue":{"values":[{"key":"a","value":`, 5000)
	for _, tt := range []struct{ decoder, body string }{
		{"loki", "\x0a\xff"}, {"loki", "\x0a\xff\xff\xff\xff\x0f"}, {"loki", "plain text"}, {"loki", "\x0b\x0c"},
		{"lokijson", `{"streams":[{"values":[["1","a"]`}, {"lokijson", `{"streams":7}`}, {"lokijson", `[]`},
		{"otlp", "\x0a\x05\x12\x03\x12\x05\x2a"}, {"otlpjson", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + deep},
		{"otlpjson", strings.Repeat("[", 100000)}, {"otlpjson", `{"x":` + strings.Repeat("[", 100000)},
		{"firehose", `{"requestId":"a","records":[{"data":"%%%"}]}`}, {"firehose", `{"records":[{"data":"H4sI"}]}`},
		{"values", `[{"a":}`}, {"values", `[1] error`},
		// What has another path: JSON lines, traces, and OTLP at Loki's.
		{"lokijson", `{"time":"x","errorCode":4006}` + "\n" + `{"time":"x"}`}, {"otlpjson", `{"resourceSpans":[]}`}, {"lokijson", `{"resourceLogs":[]}`},
		{"firehose", `{"streams":[]}`}, {"otlpjson", `{"resourceLogs":[]} trailing`},
	} {
		w := NewWriter(nil, 1<<20)
		w.Reset(nil)
		if err := decoders[tt.decoder](w, []byte(tt.body)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s %.40q: %v, want ErrInvalid", tt.decoder, tt.body, err)
		}
	}
}

// A small body must not become a large one.
func TestTooLarge(t *testing.T) {
	tiny := make([][]string, 5000)
	for i := range tiny {
		tiny[i] = []string{""}
	}
	for decoder, body := range map[string][]byte{
		"loki":     push(`{}`, tiny...),
		"firehose": []byte(`{"records":[{"data":"` + zip(strings.Repeat("x", 1<<20)) + `"}]}`),
		"values":   []byte("[" + strings.Repeat("1234567,", 10000) + "1]"),
	} {
		w := NewWriter(nil, 60_000)
		w.Reset(nil)
		if err := decoders[decoder](w, body); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", decoder, err)
		}
	}
}

// Bodies in files are read as their lines; everything else as it is.
func TestNewReader(t *testing.T) {
	loki := push(`{app="x"}`, []string{"one"}, []string{"two"})
	otlp, err := proto.Marshal(export(&logs.LogRecord{Body: str("one")}, &logs.LogRecord{Body: str("two")}))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"}},{"body":{"stringValue":"two"}}]}]}]}`
	header := "<14>1 2026-11-23T08:35:48Z - - - - - "
	for _, tt := range []struct{ name, text, want string }{
		{"OTLP JSON", body + "\n" + body, "one\ntwo\none\ntwo\n"},
		{"Loki JSON", ` {"streams":[{"stream":{},"values":[["1795422948000000000","one"]]}]}` + "\n", header + "one\n"},
		{"Firehose", `{"requestId":"x","timestamp":1,"records":[{"data":"b25l"}]}`, "one\n"},
		{"subscription", `{"messageType":"DATA_MESSAGE","logEvents":[{"timestamp":1795422948000,"message":"one"}]}`, header + "one\n"},
		{"OTLP", string(otlp), "one\ntwo\n"},
		{"Loki in snappy", string(snappy.Encode(nil, loki)), header + "one\n<14>1 2026-11-23T08:35:48.000000001Z - - - - - two\n"},
		{"body among lines", body + "\nthree\n" + body[:20] + "\nfour", "one\ntwo\nthree\n" + body[:20] + "\nfour"},
		{"text", "a\nb", "a\nb"}, {"empty", "", ""}, {"empty line first", "\n\na\n", "\n\na\n"}, {"binary", "\x00\x01\x02", "\x00\x01\x02"},
		{"JSON lines", `{"requestId":"x","code":1}` + "\n", `{"requestId":"x","code":1}` + "\n"}, {"other JSON", `{"owner":"x"}`, `{"owner":"x"}`},
	} {
		r, err := NewReader(strings.NewReader(tt.text), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(r))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func fuzzDecoder(f *testing.F, decoder string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := NewWriter([]string{"app", "service.name"}, 1<<16)
		w.Reset(nil)
		err := decoders[decoder](w, body)
		if err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("error of another kind: %v", err)
		}
		if text := w.Lines(); err == nil && len(text) > 0 && text[len(text)-1] != '\n' {
			t.Errorf("no newline at the end of %q", text)
		}
		for line := range bytes.Lines(w.Lines()) {
			if decoder == "otlp" && err == nil && bytes.HasPrefix(line, []byte(`{"time":`)) && !json.Valid(line) {
				t.Errorf("not JSON: %q", line)
			}
		}
	})
}

func FuzzLoki(f *testing.F) {
	fuzzDecoder(f, "loki", push(`{app="a"}`, []string{"one", "extra", "1"}), nil)
}

func FuzzLokiJSON(f *testing.F) {
	fuzzDecoder(f, "lokijson", []byte(`{"streams":[{"stream":{"app":"a"},"values":[["1","x",{"extra":"1"}]]}]}`))
}

func FuzzOTLP(f *testing.F) {
	body, err := proto.Marshal(export(&logs.LogRecord{TimeUnixNano: 1, Body: list(pair("a", number(1)), pair("b", str("x"))), Attributes: []*common.KeyValue{pair("a", str("b"))}}))
	if err != nil {
		f.Fatal(err)
	}
	fuzzDecoder(f, "otlp", body)
}

func FuzzOTLPJSON(f *testing.F) {
	fuzzDecoder(f, "otlpjson", []byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":1e9},{"bytesValue":"YQ=="}]}}}]}},"attributes":[]}]}]}]}`))
}

func FuzzFirehose(f *testing.F) {
	fuzzDecoder(f, "firehose", []byte(`{"requestId":"a","timestamp":1,"records":[{"data":"YQo="},{"data":"`+zip(`{"messageType":"DATA_MESSAGE","logEvents":[{"timestamp":1,"message":"m"}]}`)+`"}]}`))
}

func FuzzValues(f *testing.F) { fuzzDecoder(f, "values", []byte(`[{"a":1},2]{}{"b":"}{"}`)) }

// A line that has its time late, as many loggers write it.
func BenchmarkLoki(b *testing.B) {
	entries := make([][]string, 1000)
	for i := range entries {
		entries[i] = []string{fmt.Sprintf(`{"level":"info","logger":"proxy.access","request_id":"%016x","status":200,"duration_ms":%d,"time":"2026-11-23T08:35:48Z","msg":"%s"}`, i, i%90, strings.Repeat("x", 150))}
	}
	body := push(`{app="x"}`, entries...)
	w := NewWriter(nil, 1<<20)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		w.Reset(w.Lines())
		if err := Loki(w, body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(entries)), "ns/line")
}
