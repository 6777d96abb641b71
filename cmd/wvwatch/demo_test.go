package main

import (
	"os"
	"strings"
	"testing"
)

// The whole demo runs, prints the address of the page, and removes its files. On a
// busy machine it writes its day of history for some seconds before the first line.
func TestDemoRuns(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	status, stdout, stderr := command("demo", "--for", "25s", "--web.listen-address", "127.0.0.1:0")
	for _, part := range []string{"page          http://127.0.0.1:", "five sources", "/ingest (a sixth", " requests, "} {
		if !strings.Contains(stdout, part) {
			t.Errorf("not said: %q\n%s", part, stdout)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); status != exitFine || stderr != "" || err != nil || len(left) != 0 {
		t.Errorf("status %d, stderr %q, left behind: %v %v", status, stderr, left, err)
	}
}
