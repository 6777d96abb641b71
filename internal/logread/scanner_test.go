package logread

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer/logfs"
)

// scanned is what the results of one file add up to.
type scanned struct{ lines, events, skipped, overlong int }

func scan(t *testing.T, path string) (scanned, error) {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := parser.New(parser.Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	var read atomic.Int64
	f, err := Open(path, nil, &read)
	if err != nil {
		return scanned{}, err
	}
	defer f.Close()
	var n scanned
	s := NewScanner(p)
	err = s.Scan(f, func(r *parser.Result, skipped int) error {
		n.lines += r.Lines
		n.events += len(r.Events)
		n.skipped += skipped
		return nil
	})
	n.overlong = s.Overlong()
	return n, err
}

func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScan(t *testing.T) {
	const code = "onError what=-1320 extra=6007\n"
	long := strings.Repeat("x", 3*MaxLine)
	for _, tt := range []struct {
		name string
		data []byte
		want scanned
	}{
		{"empty", nil, scanned{}},
		{"last line without an end", []byte(code + "onError what=-1320 extra=4006"), scanned{2, 2, 0, 0}},
		{"more than one block", []byte(strings.Repeat(code, 100_000)), scanned{100_000, 100_000, 0, 0}},
		{"a line longer than a block", []byte(code + long + "\n" + code), scanned{2, 2, 1, 1}},
		{"ends in such a line", []byte(code + long), scanned{1, 1, 1, 1}},
		{"begins with such a line", []byte(long + "\n" + code), scanned{1, 1, 1, 1}},
		{"compressed, whatever its name", packed(t, code+code), scanned{2, 2, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := scan(t, file(t, "a.log", tt.data)); got != tt.want || err != nil {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// What a compressed file holds before it is cut off counts, but for a last line
// without an end.
func TestScanCutFile(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		text.WriteString("request ")
		text.WriteString(strings.Repeat(string(rune('a'+i%26)), 1+i%17))
		text.WriteString(" onError what=-1320 extra=6007\n")
	}
	whole := packed(t, text.String())
	got, err := scan(t, file(t, "a.log.gz", whole[:len(whole)/2]))
	if !errors.Is(err, logfs.ErrCut) || got.events == 0 || got.events >= 20_000 || got.events != got.lines {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir: "is a directory: name its files",
		file(t, "a.bin", bytes.Repeat([]byte{1, 2, 3, 'a'}, 200)): "holds binary data",
		filepath.Join(dir, "missing"):                             "no such file",
	} {
		if _, err := scan(t, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
}
