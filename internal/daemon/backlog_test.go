package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

func TestBacklogsTellEveryFewSeconds(t *testing.T) {
	var out bytes.Buffer
	b := backlogs{log: slog.New(slog.NewTextHandler(&out, nil))}
	now := time.Now()
	left := int64(100 << 20)
	for range 10 { // seconds
		b.tell(now, []string{"proxy"}, tailer.Stats{"proxy": {LagBytes: left}})
		now, left = now.Add(time.Second), left-(5<<20)
	}
	b.tell(now.Add(backlogEvery), []string{"proxy"}, tailer.Stats{"proxy": {LagBytes: left + 40<<20}})
	if want := "MiB more a second"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not told", want)
	}
	b.tell(now, nil, nil)
	b.tell(now.Add(time.Second), []string{"proxy"}, tailer.Stats{"proxy": {LagBytes: left}}) // another one: nothing to log yet
	for _, want := range []string{"85.0 MiB left", "70.0 MiB left", "55.0 MiB left"} {
		if !strings.Contains(out.String(), want+" to read, 5.0 MiB less a second") {
			t.Errorf("%q is not told", want)
		}
	}
	if n := strings.Count(out.String(), "catching up"); n != 4 {
		t.Errorf("told %d times, want 4:\n%s", n, out.String())
	}
}
