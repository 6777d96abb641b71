package tailer

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// bindfs mounts back at logs, as a file system of FUSE that keeps no attributes.
func (w *world) bindfs() {
	w.Helper()
	if os.Getuid() != 0 {
		w.Skip("only root may mount")
	}
	path, err := exec.LookPath("bindfs")
	if err != nil {
		w.Skip("bindfs is not installed")
	}
	w.mkdir("back")
	w.mkdir("logs")
	if out, err := exec.Command(path, "-o", "attr_timeout=0,entry_timeout=0", w.path("back"), w.path("logs")).CombinedOutput(); err != nil {
		w.Skipf("bindfs can not mount here: %v\n%s", err, out)
	}
	w.Cleanup(func() { _ = exec.Command("umount", "-l", w.path("logs")).Run() })
}

// Logs are followed through a FUSE mount, and rotated on its other side: the open
// file may answer for the new one.
func TestRotatedBehindAMount(t *testing.T) {
	for how, rotate := range map[string]func(w *world, l *log) *log{
		"rename": func(w *world, l *log) *log {
			w.shift("back/app.log")
			l.write(5).close()
			return w.open("back/app.log")
		},
		"created over": func(w *world, l *log) *log {
			l.close()
			w.create("back/tmp", w.next(5))
			w.rename("back/tmp", "back/app.log")
			return w.open("back/app.log")
		},
		"copytruncate": func(w *world, l *log) *log {
			w.copytruncate("back/app.log", fmt.Sprintf("back/app.log.%d", w.count()))
			return l
		},
	} {
		t.Run(how, func(t *testing.T) {
			variants(t, []string{"logs/app.log", "logs/*.log", "logs/app.log*"}, []string{"", "stop"}, []string{""}, func(w *world, v variant) {
				w.bindfs()
				l := w.open("back/app.log").write(50)
				w.start()
				w.read()
				for range 3 {
					w.down(v.down)
					l = rotate(w, l)
					l.write(10)
					w.up(v.down)
					w.read()
					l.write(5)
					time.Sleep(4 * w.options.RescanInterval)
					w.check()
				}
				w.stop() // before the mount goes
			})
		})
	}
}
