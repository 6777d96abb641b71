package syslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// frame feeds data in pieces of size bytes and returns the messages.
func frame(data string, size int) (messages []string, f framer) {
	var buf, out []byte
	count := 0
	for len(data) > 0 || len(buf) > 0 {
		n := min(size, len(data))
		buf = append(buf, data[:n]...)
		data = data[n:]
		lines, taken, k := f.take(out[:0], buf, len(data) == 0)
		out = lines
		count += k
		for line := range bytes.Lines(lines) {
			messages = append(messages, strings.TrimSuffix(string(line), "\n"))
		}
		buf = buf[taken:]
		if len(data) == 0 {
			break
		}
	}
	return messages, f
}

func TestFramer(t *testing.T) {
	long := strings.Repeat("x", maxMessage+100)
	tests := []struct {
		name, data string
		want       []string
	}{
		{"lines", "<34>a\n<34>b\r\n\n<34>c", []string{"<34>a", "<34>b", "<34>c"}},
		{"no priority", "2026-11-23T08:00:00Z host x: a\nplain\n", []string{"2026-11-23T08:00:00Z host x: a", "plain"}},
		{"counts", "5 <34>a7 <34>b c6 <34>d\n", []string{"<34>a", "<34>b c", "<34>d"}},
		{"counts with newlines between them", "5 <34>a\n5 <34>b\n", []string{"<34>a", "<34>b"}},
		{"newline in a counted message", "9 <34>a\n b\n5 <34>c", []string{"<34>a", " b", "<34>c"}},
		{"digits that are no count", "12345 is a number\n7 \n", []string{"12345 is a number", "7 "}},
		{"a broken count", "5 <34>aoops\n5 <34>b", []string{"<34>a", "oops", "<34>b"}},
		{"a count that ends early", "50 <34>a", []string{"<34>a"}},
		{"zero bytes", "<34>a\x00\n<34>b\n\x00", []string{"<34>a", "<34>b"}},
		{"only digits", "123", []string{"123"}},
		{"only digits and a space", "123 ", []string{"123 "}},
		{"long line", long + "\nnext\n", []string{long[:maxMessage], "next"}},
		{"long counted", fmt.Sprintf("%d <%s5 <34>b", len(long)+1, long), []string{"<" + long[:maxMessage-1], "<34>b"}},
		{"a huge count", "1048577 <34>a\n5 <34>b\n", []string{"1048577 <34>a", "5 <34>b"}},
		{"a huge count after others", "5 <34>a9999999 <34>b\n5 <34>c5 <34>d", []string{"<34>a", "9999999 <34>b", "<34>c", "<34>d"}},
		{"more digits than a count has", "999999999 <34>a\n", []string{"999999999 <34>a"}},
		{"characters counted", "8 <34>äöüß8 <34>äöüß6 <34>ok", []string{"<34>äö", "üß", "<34>äö", "üß", "<34>ok"}},
		{"counts without messages", "5 <34>a0 5 <34>b", []string{"<34>a", "0 ", "<34>b"}},
		{"a count in the text of a rest", "5 <34>atook 7 <ms> 5 <34>b", []string{"<34>a", "took 7 <ms> ", "<34>b"}},
		{"a rest that ends in a digit", "5 <34>ax05 <34>b5 <34>c", []string{"<34>a", "x05 <34>b", "<34>c"}},
		{"empty", "", nil},
		{"only newlines", "\n\n\r\n", nil},
	}
	for _, tt := range tests {
		for _, size := range []int{1, 2, 3, 7, 1000, 1 << 20} {
			if size < 100 && len(tt.data) > 1000 {
				continue
			}
			got, _ := frame(tt.data, size)
			if fmt.Sprintf("%.200q", got) != fmt.Sprintf("%.200q", tt.want) || len(strings.Join(got, "")) != len(strings.Join(tt.want, "")) {
				t.Errorf("%s, by %d bytes: %.200q, want %.200q", tt.name, size, got, tt.want)
			}
		}
	}
}

// However a stream is cut, its messages are the same; each byte that is no frame is
// in one of them.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("<34>a\n<34>b\n"), uint8(3))
	f.Add([]byte("5 <34>a7 <34>b cx\n3 <a"), uint8(1))
	f.Add([]byte("5 <34>arest005 <34>b0 9999999 <34>c5 <34>d"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		whole, _ := frame(string(data), len(data)+1)
		pieces, _ := frame(string(data), int(size)+1)
		if fmt.Sprintf("%q", whole) != fmt.Sprintf("%q", pieces) {
			t.Errorf("at once %q, in pieces %q", whole, pieces)
		}
	})
}

func BenchmarkFramer(b *testing.B) {
	line := "<134>Nov 30 12:00:00 lb1 haproxy[12]: " + strings.Repeat("x", 260) + "\n"
	counted := fmt.Sprintf("%d %s", len(line), line)
	for name, data := range map[string]string{"lines": strings.Repeat(line, 800), "counts": strings.Repeat(counted, 800)} {
		b.Run(name, func(b *testing.B) {
			var out []byte
			for b.Loop() {
				var f framer
				out, _, _ = f.take(out[:0], []byte(data), false)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/800, "ns/message")
		})
	}
}
