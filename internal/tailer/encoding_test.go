package tailer

import (
	"testing"
	"unicode/utf16"
)

// UTF-16, as Windows writes it, is followed live, rotated and packed.
func TestUTF16(t *testing.T) {
	for order, big := range map[string]bool{"LE": false, "BE": true} {
		t.Run(order, func(t *testing.T) {
			variants(t, everyFiles, everyDown, everyPack, func(w *world, v variant) {
				encode := func(text []byte) (b []byte) {
					for _, unit := range utf16.Encode([]rune(string(text))) {
						if big {
							b = append(b, byte(unit>>8), byte(unit))
						} else {
							b = append(b, byte(unit), byte(unit>>8))
						}
					}
					return b
				}
				l := w.open("app.log").raw(encode([]byte("\ufeff"))).raw(encode(w.next(50)))
				w.start()
				w.read()
				w.ledger.save()
				for range 3 {
					half := encode(w.next(1))
					l.raw(half[:31])
					w.down(v.down)
					l.raw(half[31:]).raw(encode(w.next(20))).close()
					w.shift("app.log")
					if v.down != "" {
						w.pack("app.log.1", v.pack)
					}
					l = w.open("app.log").raw(encode([]byte("\ufeff"))).raw(encode(w.next(10)))
					w.up(v.down)
					w.check()
					if v.down == "" {
						w.pack("app.log.1", v.pack)
					}
					l.raw(encode(w.next(5)))
					w.check()
					w.ledger.save()
				}
				w.noOthers()
				w.noLoss()
			})
		})
	}
}
