package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/config"
)

// check compares the time in a log's last line with when the log was written.
func TestCheckSeesAWrongZone(t *testing.T) {
	written := time.Date(2026, 11, 23, 8, 26, 40, 0, time.UTC)
	line := func(age time.Duration, code int) string {
		return fmt.Sprintf("%s WARN /wvls/ refused body={\"errorCode\":%d,\"message\":\"x\"}\n", written.Add(-age).Format(time.DateTime), code)
	}
	access := func(zone string) string {
		return fmt.Sprintf(`10.0.0.1 - - [%s%s] "POST /T/wvls/v1/licenses HTTP/1.1" 200 512`+"\n", written.Add(-2*time.Hour).Format("02/Jan/2006:15:04:05"), zone)
	}
	for _, tt := range []struct {
		name, text, want string
	}{
		{"right", line(time.Hour, 6007) + line(2*time.Second, 6007), ""},
		{"an hour behind", line(time.Hour+time.Second, 6007), "lines of source s are 1h00m old when they are read: if its times have no zone, set timezone"},
		{"ahead", line(-5*time.Hour-30*time.Minute, 6007), "are dated 5h30m in the future"},
		{"a request", access(""), "are 2h00m old"},
		{"with its zone", access(" -0200"), ""},
		{"late for another reason", line(time.Hour+5*time.Minute, 6007), ""},
		{"an old copy", line(30*time.Hour, 6007), ""},
		{"another last line", line(time.Hour, 6007) + "shutting down\n", ""},
		{"empty", "", ""},
		{"without a newline", strings.TrimSuffix(line(time.Hour, 6007), "\n"), "1h00m old"},
		{"one long line", strings.Repeat("x", 100<<10), ""},
	} {
		dir := t.TempDir()
		file := write(t, dir, "app.log", tt.text)
		if err := os.Chtimes(file, written, written); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(write(t, dir, "config.yaml", fmt.Sprintf("sources: [{name: s, files: [%q], timezone: UTC}]\n", filepath.Join(dir, "*.log"))), nil)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := report(&b, cfg); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); strings.Contains(got, "lines of source") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: want %q in\n%s", tt.name, tt.want, got)
		}
	}
}
