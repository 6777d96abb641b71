package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// watcher calls found when what is written to it contains want.
type watcher struct {
	bytes.Buffer
	want  string
	found func()
}

func (w *watcher) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if strings.Contains(w.String(), w.want) {
		w.found()
	}
	return n, err
}

// The demo shows where the page is and what it counts, and leaves nothing behind.
func TestDemoRuns(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for want, args := range map[string][]string{
		" requests, ": nil, // until Ctrl-C
		" ended ":     {"--for", "1ms"},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		stdout, stderr := &watcher{want: want, found: interrupt}, &bytes.Buffer{}
		status := run(ctx, append([]string{"demo", "--web.listen-address", "127.0.0.1:0"}, args...), strings.NewReader(""), stdout, stderr)
		for _, part := range []string{"page          http://127.0.0.1:", "five sources", "/ingest (a sixth", want} {
			if !strings.Contains(stdout.String(), part) {
				t.Errorf("%v: not said: %q\n%s", args, part, stdout)
			}
		}
		if left, err := os.ReadDir(os.Getenv("TMPDIR")); status != exitFine || stderr.Len() != 0 || err != nil || len(left) != 0 {
			t.Errorf("%v: status %d, stderr %q, left behind: %v %v", args, status, stderr, left, err)
		}
	}
}
