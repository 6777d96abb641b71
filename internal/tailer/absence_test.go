package tailer

import (
	"strings"
	"testing"
	"time"
)

// The directory is not there at a start, as that of a volume that is mounted
// later, nor during a whole run. Its files are rotated meanwhile, on another host.
func TestDirectoryAbsent(t *testing.T) {
	for name, runs := range map[string]int{"at a start": 0, "for a whole run": 1, "for three runs": 3} {
		t.Run(name, func(t *testing.T) {
			variants(t, []string{"logs/app.log", "logs/*.log", "logs/app.log*", "**/*.log"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
				w.mkdir("logs")
				l := w.open("logs/app.log").write(100)
				w.start()
				w.read()
				w.ledger.save()
				l.write(20)
				w.read()
				w.down(v.down)
				w.rename("logs", "away")
				for range runs {
					w.start()
					<-w.tailer.CaughtUp()
					time.Sleep(5 * w.options.RescanInterval)
					w.ledger.save()
					w.down(v.down)
				}
				w.start()
				<-w.tailer.CaughtUp()
				time.Sleep(5 * w.options.RescanInterval)
				w.ledger.save()
				w.rename("away/app.log", "away/app.log.1")
				l.write(20).close()
				w.pack("away/app.log.1", v.pack)
				w.put("away/app.log", 10)
				w.rename("away", "logs")
				w.check()
				w.noLoss()
				w.restart()
				w.put("logs/app.log", 10)
				w.check()
				w.noLoss()
			})
		})
	}
}

// The directory is an empty mount point at a start, and its files appear in it later.
func TestMountPointEmpty(t *testing.T) {
	variants(t, []string{"logs/app.log", "logs/*.log", "logs/app.log*"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
		w.mkdir("logs")
		l := w.open("logs/app.log").write(100)
		w.start()
		w.read()
		w.ledger.save()
		w.down(v.down)
		w.rename("logs", "volume")
		w.mkdir("logs")
		w.start()
		<-w.tailer.CaughtUp()
		time.Sleep(5 * w.options.RescanInterval)
		w.rename("volume/app.log", "volume/app.log.1")
		l.write(10).close()
		w.put("volume/app.log", 10)
		rotated := w.pack("volume/app.log.1", v.pack)
		w.rename(rotated, strings.Replace(rotated, "volume", "logs", 1))
		w.rename("volume/app.log", "logs/app.log")
		w.check()
		w.noLoss()
	})
}

// A file is renamed for a moment while the daemon starts, and back.
func TestFileAbsentAtAStart(t *testing.T) {
	variants(t, everyFiles, []string{"stop", "kill"}, []string{""}, func(w *world, v variant) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		w.ledger.save()
		for i := range 4 {
			w.down(v.down)
			w.rename("app.log", "away")
			l.write(5)
			w.start()
			if i%2 == 0 {
				<-w.tailer.CaughtUp()
			}
			if i > 1 {
				w.put("away", 2)
			}
			w.rename("away", "app.log")
			l.write(5)
			w.check()
			w.noLoss()
			w.ledger.save()
		}
	})
}

// A file that is deleted while the daemon is down is lost once, not at each start,
// and not while its directory can not be seen.
func TestDeletedIsLostOnce(t *testing.T) {
	variants(t, []string{"logs/app.log", "logs/*.log", "logs/app.log*"}, []string{"stop", "kill"}, []string{""}, func(w *world, v variant) {
		w.mkdir("logs")
		w.put("logs/app.log", 100)
		w.start()
		w.read()
		w.ledger.save()
		w.down(v.down)
		w.rename("logs", "away")
		w.start()
		<-w.tailer.CaughtUp()
		time.Sleep(5 * w.options.RescanInterval)
		w.noLoss()
		w.ledger.save()
		w.down(v.down)
		w.remove("away/app.log")
		w.rename("away", "logs")
		w.put("logs/app.log", 50)
		w.start()
		w.read()
		w.until("the deleted file is lost", func() bool { return w.tailer.Stats()["test"].LostFiles == 1 })
		w.ledger.save()
		for range 2 {
			w.down(v.down)
			w.start()
			w.put("logs/app.log", 1)
			w.check()
			time.Sleep(4 * w.options.PollInterval)
			if n := w.tailer.Stats()["test"].LostFiles; n != 0 {
				w.Errorf("%d more files counted as lost at the next start", n)
			}
			w.ledger.save()
		}
	})
}

// What is missing for hours, then back, is read on where it was: on a fake clock.
func TestDirectoryAbsentForHours(t *testing.T) {
	for _, files := range []string{"logs/app.log", "logs/*.log", "logs/app.log*"} {
		for _, pause := range []time.Duration{15 * time.Second, 5 * time.Minute, 3 * time.Hour} {
			t.Run(strings.ReplaceAll(files, "/", "|")+" "+pause.String(), func(t *testing.T) {
				fakeClock(t, files, func(w *world) {
					w.options.PollInterval, w.options.Watches = time.Second, -1
					w.mkdir("logs")
					l := w.open("logs/app.log").write(100)
					w.start()
					w.read()
					w.stop()
					w.rename("logs", "away")
					w.start()
					time.Sleep(pause)
					l.write(10)
					w.rename("away", "logs")
					w.check()
					w.rename("logs", "away") // while it runs, too
					time.Sleep(pause)
					l.write(10)
					w.rename("away", "logs")
					w.check()
					w.noLoss()
				})
			})
		}
	}
}
