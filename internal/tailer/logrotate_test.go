package tailer

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// logrotate runs the real one on app.log with the given directives.
func (w *world) logrotate(directives string) {
	w.Helper()
	path := "/usr/sbin/logrotate"
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("logrotate"); err != nil {
			w.Skip("logrotate is not installed")
		}
	}
	config := w.path("logrotate.conf")
	text := fmt.Sprintf("%q {\n rotate 20\n missingok\n su root root\n%s\n}\n", w.path("app.log"), directives)
	if os.Getuid() != 0 {
		text = fmt.Sprintf("%q {\n rotate 20\n missingok\n%s\n}\n", w.path("app.log"), directives)
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
	if out, err := exec.Command(path, "-f", "-s", w.path("state"), config).CombinedOutput(); err != nil {
		w.Fatalf("logrotate: %v\n%s", err, out)
	}
}

// The writer goes on while logrotate runs, and opens the new file a while after.
func TestLogrotateCreate(t *testing.T) {
	for name, directives := range map[string]string{
		"create":     "create 0644",
		"compress":   "create 0644\n compress",
		"delayed":    "create 0644\n compress\n delaycompress",
		"dateext":    "create 0644\n dateext\n dateformat -%Y%m%d-%s",
		"under glob": "create 0644",
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				if name == "under glob" {
					w.sources[0].Files = []string{w.path("app.log*")}
				}
				l := w.open("app.log").write(100)
				w.start()
				w.read()
				for range 3 {
					stop := w.sustained(time.Millisecond, func() { l.write(5) })
					time.Sleep(30 * time.Millisecond)
					if name == "compress" { // gzip unlinks what is written to then: no writer may be there
						stop()
						l.close()
						w.logrotate(directives)
					} else {
						w.logrotate(directives)
						time.Sleep(20 * time.Millisecond)
						stop()
						l.close()
					}
					l = w.open("app.log")
					if name == "dateext" {
						time.Sleep(time.Second) // its names are by the second
					}
				}
				w.check()
				w.restart()
				l.write(10)
				w.check()
			})
		})
	}
}

// logrotate itself drops what is written between its copy and its truncation:
// nothing else may be missing, and nothing doubled.
func TestLogrotateCopytruncate(t *testing.T) {
	for name, directives := range map[string]string{"plain": "copytruncate", "compress": "copytruncate\n compress"} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				l := w.open("app.log").write(1000)
				w.start()
				w.read()
				for range 3 {
					stop := w.sustained(time.Millisecond, func() { l.write(5) })
					time.Sleep(30 * time.Millisecond)
					before := w.count()
					w.logrotate(directives)
					after := w.count()
					w.mu.Lock()
					for n := before + 1; n <= after; n++ {
						w.maybe[n] = true
					}
					w.mu.Unlock()
					time.Sleep(20 * time.Millisecond)
					stop()
				}
				w.check()
				lost, _ := w.ledger.compare(w.sources, w.count(), nil)
				if len(lost) > 300 {
					w.Errorf("%d lines missing: logrotate loses no more than a few", len(lost))
				}
				for _, line := range w.ledger.others() {
					w.Errorf("read a part of a line: %q", line)
				}
			})
		})
	}
}
