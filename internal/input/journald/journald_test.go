package journald

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

// sink keeps the messages of the records that are committed.
type sink struct {
	mu       sync.Mutex
	messages []string
	found    []string
	at       tailer.Position
}

func (s *sink) Parse(b tailer.Batch) int {
	s.found = nil
	for line := range bytes.Lines(b.Lines) {
		_, after, _ := bytes.Cut(line, []byte(`"MESSAGE":"`))
		message, _, _ := bytes.Cut(after, []byte(`"`))
		s.found = append(s.found, string(message))
	}
	return len(b.Lines)
}

func (s *sink) Commit(p tailer.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.at = append(s.messages, s.found...), p
}

func (s *sink) Forget(tailer.ID) {}

// journal is one that systemd-journal-remote writes.
type journal struct {
	t   *testing.T
	dir string
}

// written counts the records of all journals: their times differ.
var written int

func newJournal(t *testing.T) *journal {
	t.Helper()
	for _, program := range []string{"journalctl", "/lib/systemd/systemd-journal-remote"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	return &journal{t: t, dir: t.TempDir()}
}

// add writes records of a unit.
func (j *journal) add(unit string, messages ...string) {
	j.t.Helper()
	var export strings.Builder
	for _, m := range messages {
		written++
		fmt.Fprintf(&export, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=0123456789abcdef0123456789abcdef\n_SYSTEMD_UNIT=%s\n_PID=7\nSYSLOG_IDENTIFIER=proxy\nMESSAGE=%s\n\n",
			1795422948000000+written, 1000+written, unit, m)
	}
	cmd := exec.Command("/lib/systemd/systemd-journal-remote", "--output="+filepath.Join(j.dir, "remote.journal"), "-")
	cmd.Stdin = strings.NewReader(export.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		j.t.Fatalf("systemd-journal-remote: %v\n%s", err, out)
	}
}

// read runs a reader on the journal until stop is called.
func (j *journal) read(s *sink, end bool) (r *Reader, stop func()) {
	r = NewReader(Config{Units: []string{"licence-proxy.service"}, Directory: j.dir}, "node", s.at.Cursor, end, tailer.Counts{}, s, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			j.t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	j.t.Cleanup(stop)
	return r, stop
}

func (j *journal) wants(s *sink, messages ...string) {
	j.t.Helper()
	for until := time.Now().Add(15 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		got := fmt.Sprint(s.messages)
		s.mu.Unlock()
		if got == fmt.Sprint(messages) {
			return
		}
		if time.Now().After(until) {
			j.t.Fatalf("read %s, want %v", got, messages)
		}
	}
}

// Each record is read once over restarts, what is added is followed, and other units
// are left out.
func TestJournal(t *testing.T) {
	j, s := newJournal(t), &sink{}
	j.add("licence-proxy.service", "a", "b")
	j.add("other.service", "x")
	r, stop := j.read(s, false)
	<-r.CaughtUp()
	j.wants(s, "a", "b")
	j.add("licence-proxy.service", "c")
	j.wants(s, "a", "b", "c")
	stop()
	j.add("licence-proxy.service", "d", "e")
	r, stop = j.read(s, false)
	<-r.CaughtUp()
	j.wants(s, "a", "b", "c", "d", "e")
	if n := r.Stats().LostFiles; n != 0 {
		t.Errorf("%d losses", n)
	}
	stop()

	other := newJournal(t) // the old one was removed
	other.add("licence-proxy.service", "f")
	j = other
	r, _ = j.read(s, false)
	<-r.CaughtUp()
	if n := r.Stats().LostFiles; n != 1 {
		t.Errorf("%d losses after the journal was removed, want 1", n)
	}
	j.wants(s, "a", "b", "c", "d", "e", "f")
}

func TestJournalFromItsEnd(t *testing.T) {
	j, s := newJournal(t), &sink{}
	j.add("licence-proxy.service", "a")
	r, _ := j.read(s, true)
	<-r.CaughtUp()
	j.add("licence-proxy.service", "b")
	j.wants(s, "b")
}

// A journalctl that fails or ends is started again, after the last record.
func TestJournalctlFails(t *testing.T) {
	dir := t.TempDir()
	script := `#!/bin/sh
case "$*" in
*--cursor=*) echo '{"__CURSOR":"s=1"}' ;;
*--after-cursor=s=2*) sleep 60 ;;
*--after-cursor=s=1*--follow*|*--follow*--after-cursor=s=1*) echo '{"MESSAGE":"b \"__CURSOR\" \\","__CURSOR":"s=2"}' ; exit 0 ;;
*--after-cursor=s=1*) exit 0 ;;
*) if [ -e ` + dir + `/failed ]; then echo '{"__CURSOR":"s=1","MESSAGE":"a"}'; else touch ` + dir + `/failed; echo broken >&2; exit 1; fi ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "journalctl"), []byte(script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	j, s := &journal{t: t, dir: dir}, &sink{}
	r, _ := j.read(s, false)
	j.wants(s, "a", `b \`)
	for until := time.Now().Add(10 * time.Second); r.Stats().OpenErrors < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%+v, want two failures", r.Stats())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.Cursor != "s=2" {
		t.Errorf("cursor %q", s.at.Cursor)
	}
}

func TestCursorOf(t *testing.T) {
	for lines, want := range map[string]string{
		`{"__CURSOR":"s=1;i=2","MESSAGE":"x"}` + "\n" + `{"__CURSOR" : "s=1;i=3"}` + "\n": "s=1;i=3",
		`{"MESSAGE":"\"__CURSOR\":\"s=9\""}`:                                              "",
		`{"__CURSOR":7}`:                                                                  "",
		`{"__CURSOR":"s=`:                                                                 "",
		"":                                                                                "",
	} {
		if got := cursorOf([]byte(lines)); got != want {
			t.Errorf("%q: %q, want %q", lines, got, want)
		}
	}
}
