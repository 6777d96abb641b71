package tailer

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The end of a counted file is cut off, and other lines follow: what is left was
// counted, and only what is new counts.
func TestCutBack(t *testing.T) {
	for how, lines := range map[string]int{"the last line": 1, "a batch": 20, "a large batch": 200} {
		for _, within := range []bool{false, true} {
			name := how
			if within {
				name += ", within a line"
			}
			t.Run(name, func(t *testing.T) {
				downs := everyDown
				if lines > 100 {
					downs = []string{""} // a checkpoint has the ends of fewer lines
				}
				variants(t, everyFiles, downs, []string{""}, func(w *world, v variant) {
					l := w.open("app.log").write(600)
					w.start()
					w.read()
					w.ledger.save()
					for range 3 {
						w.down(v.down)
						w.cut("app.log", lines, within)
						if within {
							l.raw([]byte("\n"))
						}
						l.write(2)
						w.up(v.down)
						w.read()
						l.write(lines + 5)
						w.check()
						w.ledger.save()
					}
					w.noLoss()
					w.restart()
					l.write(5)
					w.check()
				})
			})
		}
	}
}

// cut cuts the last lines off a file, but for the first bytes of the first of
// them if within is set.
func (w *world) cut(name string, lines int, within bool) {
	w.Helper()
	b := w.bytes(name)
	size := len(b)
	for range lines {
		size = bytes.LastIndexByte(b[:size-1], '\n') + 1
	}
	if within {
		size += 4
	}
	if err := os.Truncate(w.path(name), int64(size)); err != nil {
		w.Fatal(err)
	}
}

// More is cut off, time and again, than was written since the last time.
func TestCutBackAgain(t *testing.T) {
	for _, lines := range []int{1, 5} {
		t.Run(fmt.Sprint(lines, " lines"), func(t *testing.T) {
			variants(t, everyFiles, everyDown, []string{""}, func(w *world, v variant) {
				l := w.open("app.log").write(600)
				w.start()
				w.read()
				w.ledger.save()
				for range 4 {
					w.down(v.down)
					w.cut("app.log", lines, false)
					l.write(1)
					w.up(v.down)
					w.check()
					w.ledger.save()
				}
				w.noLoss()
			})
		})
	}
}

// The last line is replaced by another one, in one write or in two.
func TestLastLineReplaced(t *testing.T) {
	for _, truncated := range []bool{false, true} {
		t.Run(map[bool]string{false: "overwritten", true: "cut off first"}[truncated], func(t *testing.T) {
			variants(t, everyFiles, everyDown, []string{""}, func(w *world, v variant) {
				w.put("app.log", 100)
				w.start()
				w.read()
				w.ledger.save()
				for range 5 {
					w.down(v.down)
					b := w.bytes("app.log")
					last := bytes.LastIndexByte(b[:len(b)-1], '\n') + 1
					w.overwrite("app.log", last, w.next(3), truncated)
					w.up(v.down)
					w.check()
					w.ledger.save()
				}
				w.noLoss()
			})
		})
	}
}

// overwrite writes b over name from offset at, which is cut off there first if
// truncated is set.
func (w *world) overwrite(name string, at int, b []byte, truncated bool) {
	w.Helper()
	f, err := os.OpenFile(w.path(name), os.O_WRONLY, 0)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if truncated {
		err = f.Truncate(int64(at))
	}
	if err == nil {
		_, err = f.WriteAt(b, int64(at))
	}
	if err != nil {
		w.Fatal(err)
	}
}

// committed reports whether a file is read up to offset.
func (w *world) committed(offset int) bool {
	return slices.ContainsFunc(w.ledger.saved(), func(p Position) bool { return p.Offset == int64(offset) })
}

// A log is kept well-formed: each record overwrites the footer, and is followed by
// it. Each record counts once, however often the footer is written.
func TestFooter(t *testing.T) {
	for name, footer := range map[string]string{
		"JSON":                   "]\n",
		"JSON without a newline": "]",
		"JSON, indented":         "  ]\n}\n",
		"XML":                    "</log>\n",
	} {
		whole := strings.HasSuffix(footer, "\n")
		for _, truncated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, cut off first %v", name, truncated), func(t *testing.T) {
				variants(t, []string{"app.log", "app.log*"}, everyDown, []string{""}, func(w *world, v variant) {
					if truncated && !whole {
						w.maybe[-1] = true // no line: what is not read yet may be seen cut off
					}
					text := append(w.next(50), footer...)
					w.create("app.log", text)
					w.start()
					w.read()
					w.ledger.save()
					add := func(n int) {
						w.overwrite("app.log", len(text)-len(footer), append(w.next(n), footer...), truncated)
						text = w.bytes("app.log")
					}
					for i := range 10 {
						if i%3 == 0 {
							w.down(v.down)
						}
						add(1 + i%3)
						if i%3 == 0 {
							w.up(v.down)
						}
						w.read()
						if whole {
							w.until("the footer is read", func() bool { return w.committed(len(text)) })
						} else {
							time.Sleep(2 * w.options.PollInterval) // it is looked at
						}
						w.ledger.save()
					}
					w.check()
					if len(w.maybe) == 0 {
						w.noLoss()
					}
					w.rename("app.log", "app.log.1")
					text = append(w.next(5), footer...)
					w.create("app.log", text)
					w.read()
					add(1)
					w.restart()
					add(1)
					w.check()
				})
			})
		}
	}
}
