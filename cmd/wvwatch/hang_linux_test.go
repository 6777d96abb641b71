package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hang mounts a file system over dir that never answers, as a network file
// system without its server. Only unmounting it, which the returned function
// does, ends a call into it.
func hang(t *testing.T, dir string) (release func()) {
	t.Helper()
	server, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", server)
	if err := unix.Mount("hang", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		_ = unix.Close(server)
		t.Skipf("nothing can be mounted here: %v", err)
	}
	released := false
	release = func() {
		if !released {
			released = true
			_ = unix.Close(server) // every waiting call fails now
			if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(release)
	return release
}

// TestMountThatHangs follows files on a mount that stops to answer, and others.
// The others go on, a stop and a start in the meantime end, and when the mount
// answers again nothing is lost.
func TestMountThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a mount for half a minute")
	}
	dir := t.TempDir()
	good, gone := filepath.Join(dir, "good"), filepath.Join(dir, "gone")
	for _, d := range []string{good, gone} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	address := freePort(t)
	config := write(t, dir, "config.yaml", fmt.Sprintf("sources: [{name: both, files: [%q, %q]}]\nstate: {directory: %q, interval: 200ms}\nweb: {listen: [%q]}\n",
		filepath.Join(gone, "**/*.log"), filepath.Join(good, "*.log"), filepath.Join(dir, "state"), address))
	total := 0
	add := func(name string, n int) {
		t.Helper()
		f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for range n {
			if _, err := fmt.Fprintf(f, `{"time":%q,"drm":"widevine","errorCode":4006}`+"\n", time.Now().Format(time.RFC3339Nano)); err != nil {
				t.Fatal(err)
			}
		}
		total += n
	}
	each := func(dir string, n int) { // every third in a directory of its own
		t.Helper()
		for i := range 60 {
			name := filepath.Join(dir, fmt.Sprintf("%d.log", i))
			if i%3 == 0 && dir == gone {
				name = filepath.Join(dir, fmt.Sprint(i), "0.log")
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			add(name, n)
		}
	}
	counted := func(what string) {
		t.Helper()
		began := time.Now()
		eventually(t, what, func() error {
			got, err := scrapeExtras(address)
			if err != nil {
				return err
			}
			return sameCounts(map[seriesKey]int{{"both", "widevine", "4006"}: total}, got)
		})
		t.Logf("%s after %.1f s", what, time.Since(began).Seconds())
	}
	binary := buildBinary(t, dir)
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }
	each(good, 10)
	each(gone, 10)
	p := run()
	counted("everything at the start")

	release := hang(t, gone)
	each(good, 5)
	counted("what is written while the mount hangs")
	if err := os.Rename(filepath.Join(good, "0.log"), filepath.Join(good, "0.log.1")); err != nil {
		t.Fatal(err)
	}
	add(filepath.Join(good, "0.log"), 5)
	add(filepath.Join(good, "new.log"), 5)
	counted("a rotated and a new file")
	stop(t, p, syscall.SIGTERM)
	each(good, 5)
	p = run()
	counted("what was written while the daemon was down")
	each(good, 5)
	counted("what is written while the mount hangs since the start")

	release()
	each(gone, 5)
	each(good, 5)
	counted("everything when the mount answers again")
	stop(t, p, syscall.SIGTERM)
}
