package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A command that reads an input without an end, or without a writer, ends at the
// first signal.
func TestSignalEndsAReader(t *testing.T) {
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	fifo := filepath.Join(dir, "fifo.log")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"analyze", "/dev/zero"}, {"analyze", fifo}, {"analyze", "-"}, {"replay", "/dev/zero"}, {"parse"}} {
		for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
			t.Run(strings.Join(args, " ")+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				r, w, err := os.Pipe() // nothing ever comes
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				defer w.Close()
				var stderr strings.Builder
				cmd := exec.Command(binary, args...)
				cmd.Stdin, cmd.Stderr = r, &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				// A signal before the handler is installed ends it, too, but without a message.
				time.Sleep(500 * time.Millisecond)
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-ended:
					if err == nil {
						t.Error("exit status 0")
					}
				case <-time.After(30 * time.Second):
					t.Error("it goes on after the signal")
					_ = cmd.Process.Kill()
					t.Logf("killed: %v", <-ended)
				}
				if text := stderr.String(); text != "" && !strings.Contains(text, "signal received") {
					t.Errorf("it says %q", text)
				}
			})
		}
	}
}

// check opens regular files only, and prints the kind of any other.
func TestCheckNamesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(filepath.Join(logs, "old.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(logs, "fifo.log"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, logs, "app.log", "")
	config := write(t, dir, "config.yaml", "sources:\n- {name: globs, files: ["+logs+"/*.log]}\n- {name: paths, files: ["+logs+"/old.log, /dev/zero]}\n")
	type answer struct {
		text []byte
		err  error
	}
	done := make(chan answer, 1)
	cmd := exec.Command(binary, "check", config)
	go func() {
		out, err := cmd.CombinedOutput()
		done <- answer{out, err}
	}()
	select {
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("check hangs")
	case a := <-done:
		if a.err == nil {
			t.Error("check takes a directory and a device for files")
		}
		for _, want := range []string{
			"/app.log\n", "/fifo.log (not followed: it is a FIFO", "/old.log (not followed: it is a directory", "/dev/zero (not followed: it is a device",
		} {
			if !strings.Contains(string(a.text), want) {
				t.Errorf("check does not say %q:\n%s", want, a.text)
			}
		}
	}
}
