package tailer

import (
	"fmt"
	"testing"
	"time"
)

// logrotate moves, or copies, what it rotates to another directory. The globs may
// match it there or not.
func TestOlddir(t *testing.T) {
	for name, directives := range map[string]string{
		"create":       "create 0644\n olddir old",
		"compress":     "create 0644\n compress\n olddir old",
		"dateext":      "create 0644\n dateext\n dateformat -%Y%m%d-%s\n olddir old",
		"copytruncate": "copytruncate\n olddir old",
	} {
		for globs, files := range map[string][]string{"": {"app.log"}, ", under globs": {"**/app.log*"}} {
			t.Run(name+globs, func(t *testing.T) {
				story(t, func(w *world) {
					w.mkdir("old")
					w.sources[0].Files = nil
					for _, f := range files {
						w.sources[0].Files = append(w.sources[0].Files, w.path(f))
					}
					l := w.open("app.log").write(100)
					w.start()
					w.read()
					for range 3 {
						l.write(100)
						w.read()
						w.logrotate(directives)
						if name != "copytruncate" {
							l.close()
							l = w.open("app.log")
						}
						l.write(30)
						w.read()
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
}

// Where the olddir is was seen once; later a file is moved there, and packed,
// while we are down.
func TestOlddirDown(t *testing.T) {
	for _, pack := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "gzip"}[pack], func(t *testing.T) {
			story(t, func(w *world) {
				w.mkdir("old")
				l := w.open("app.log").write(100)
				w.start()
				w.read()
				for i := range 3 {
					w.rename("app.log", fmt.Sprintf("old/app.log-2026112%d", i))
					l.write(20).close()
					l = w.open("app.log").write(10)
					w.read()
				}
				w.stop()
				for i := range 2 {
					l.write(50).close()
					w.rename("app.log", fmt.Sprintf("old/app.log-2026113%d", i))
					if pack {
						w.run("gzip", w.path(fmt.Sprintf("old/app.log-2026113%d", i)))
					}
					l = w.open("app.log").write(50)
				}
				w.start()
				w.check()
			})
		})
	}
}

// The globs match the olddir, and a file moves there while we are down.
func TestOlddirUnderAGlobDown(t *testing.T) {
	story(t, func(w *world) {
		w.mkdir("old")
		w.sources[0].Files = []string{w.path("app.log"), w.path("old/*")}
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		w.stop()
		l.write(50).close()
		w.rename("app.log", "old/app.log.1")
		w.put("app.log", 50)
		w.start()
		w.check()
	})
}
