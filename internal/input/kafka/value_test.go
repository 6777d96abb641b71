package kafka

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

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
