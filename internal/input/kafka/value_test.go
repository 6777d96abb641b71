package kafka

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Text that an export begins like is text, also where it is a message of protobuf by chance.
func TestTextLikeAnExport(t *testing.T) {
	text := "ERROR play 1 licence denied extra=4025 and so on"
	for value, want := range map[string]string{
		"\n2:0" + text:                "\n2:0" + text + "\n", // field 1 of 50 bytes, in it field 7 of 48
		`{"resourceLogs":[]} ` + text: `{"resourceLogs":[]} ` + text + "\n",
		`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]}` + "\n" +
			`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"b"}}]}]}]}`: "a\nb\n",
		`[{"a":1}] ` + text + `]`: `[{"a":1}] ` + text + "]\n",
	} {
		if got := newRenderer(nil).append(nil, &kgo.Record{Value: []byte(value)}); string(got) != want {
			t.Errorf("%q became %q, want %q", value, got, want)
		}
	}
}

// Whatever a record holds, it becomes whole lines after what is there already.
func FuzzValue(f *testing.F) {
	f.Add([]byte("line"), []byte("key"), true)
	f.Add([]byte("\n\nline\n"), []byte{}, true)
	f.Add([]byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}}]}]}]}`), []byte("k"), true)
	f.Add([]byte(`[{"a":1},{"b":"x"}]`), []byte("k]\"\\"), true)
	f.Add([]byte("\x0a\x10\x12\x0e\x12\x0c\x2a\x0a\x0a\x08line one"), []byte("k"), false)
	f.Fuzz(func(t *testing.T, value, key []byte, labels bool) {
		var names []string
		if labels {
			names = []string{keyPath, topicPath, "h"}
		}
		r := &kgo.Record{Topic: "logs", Key: key, Value: value, Headers: []kgo.RecordHeader{{Key: "H", Value: key}}}
		out := newRenderer(names).append([]byte("before\n"), r)
		if !bytes.HasPrefix(out, []byte("before\n")) || out[len(out)-1] != '\n' {
			t.Errorf("%q", out)
		}
	})
}
