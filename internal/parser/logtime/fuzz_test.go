package logtime

import (
	"testing"
	"time"
)

// FuzzTime drives the time formats.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-11-23T08:28:19.815+01:00", "23/Nov/2026:08:26:39 +0000", "Nov 23 08:26:40", "11-23 08:28:19.815", "Mon, 23 Nov 2026 08:28:19 GMT", "1795422400.31", "1795422948788"} {
		f.Add([]byte(s))
	}
	c := Clock{Location: time.UTC, Reference: time.Unix(1.8e9, 0)}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, n := c.Parse(b); s.OK != (n > 0) || n > len(b) {
			t.Fatalf("%+v after %d of %d bytes", s, n, len(b))
		}
	})
}
