package tailer

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Names that sort by time: multilog and s6-log write current and rename it to the
// time at which it was full.
func TestTimeNames(t *testing.T) {
	for style, name := range map[string]func(n int) string{
		"s6":       func(n int) string { return fmt.Sprintf("@400000006a2b3c%02x12345678.s", n) },
		"multilog": func(n int) string { return fmt.Sprintf("@400000006a2b3c%02x12345678.u", n) },
		"dated":    func(n int) string { return fmt.Sprintf("current.20261130T1015%02d", n) },
		"date":     func(n int) string { return fmt.Sprintf("2026-11-30T10-15-%02d.log", n) },
	} {
		t.Run(style, func(t *testing.T) {
			variants(t, []string{"logs/current"}, everyDown, []string{"", "gzip"}, func(w *world, v variant) {
				w.mkdir("logs")
				w.create("logs/"+name(1), older(name(1), 50))
				at := time.Now().Add(-time.Hour)
				if err := os.Chtimes(w.path("logs/"+name(1)), at, at); err != nil {
					w.Fatal(err)
				}
				l := w.open("logs/current").write(50)
				w.start()
				w.read()
				w.ledger.save()
				n := 10
				for range 3 {
					w.down(v.down)
					for range 4 {
						l.write(20).close()
						w.rename("logs/current", "logs/"+name(n))
						if v.down != "" {
							w.pack("logs/"+name(n), v.pack)
						}
						n++
						l = w.open("logs/current").write(5)
					}
					w.up(v.down)
					w.check()
					w.ledger.save()
				}
				w.restart()
				l.write(5)
				w.check()
				w.noOthers()
				w.noLoss()
			})
		})
	}
}
