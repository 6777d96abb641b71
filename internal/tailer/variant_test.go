package tailer

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
)

// variant is one way to run a story.
type variant struct {
	files string // the path or glob that the source follows
	down  string // how the daemon ends before the files change: "stop", "kill", or "" for not at all
	pack  string // how rotated files are compressed: "gzip", "zstd", or "" for not at all
}

var (
	everyFiles = []string{"app.log", "*.log", "app.log*"}
	everyDown  = []string{"", "stop", "kill"}
	everyPack  = []string{"", "gzip", "zstd"}
)

func (v variant) String() string {
	return strings.Join([]string{v.files, map[string]string{"": "up"}[v.down] + v.down, map[string]string{"": "plain"}[v.pack] + v.pack}, " ")
}

// variants runs f in a world of its own for each combination. Every other world
// has a sink that keeps back the last record.
func variants(t *testing.T, files, downs, packs []string, f func(w *world, v variant)) {
	t.Parallel()
	n := 0
	for _, file := range files {
		for _, down := range downs {
			for _, pack := range packs {
				v, joining := variant{file, down, pack}, n%2 == 0
				n++
				t.Run(strings.ReplaceAll(v.String(), "/", "|"), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, joining)
					w.sources[0].Files = []string{w.path(file)}
					f(w, v)
				})
			}
		}
	}
}

// fakeClock runs f on a fake clock, with the default options: real files, fake time.
func fakeClock(t *testing.T, files string, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true)
		w.options = Options{Log: w.options.Log}
		w.sources[0].Files = []string{w.path(files)}
		f(w)
		w.stop()
	})
}

// down ends the daemon by the method how.
func (w *world) down(how string) {
	switch how {
	case "stop":
		w.stop()
	case "kill":
		w.kill()
	}
}

// up starts the daemon if down has ended it.
func (w *world) up(how string) {
	w.Helper()
	if how != "" {
		w.start()
	}
}

func (w *world) bytes(name string) []byte {
	w.Helper()
	b, err := os.ReadFile(w.path(name))
	if err != nil {
		w.Fatal(err)
	}
	return b
}

// create writes b to name, which it empties first.
func (w *world) create(name string, b []byte) {
	w.Helper()
	if err := os.WriteFile(w.path(name), b, 0o644); err != nil {
		w.Fatal(err)
	}
}

// packCopy compresses name to a temporary file, which is renamed to name.gz or
// name.zst, and keeps name. The times are those of name, as gzip and zstd set them.
func (w *world) packCopy(name, how string) (packed string) {
	w.Helper()
	b := w.bytes(name)
	packed, b = map[string]string{"gzip": name + ".gz", "zstd": name + ".zst"}[how], map[string]func([]byte) []byte{"gzip": w.gzip, "zstd": w.zstd}[how](b)
	w.create("pack.tmp", b)
	w.sameTime(name, "pack.tmp")
	w.rename("pack.tmp", packed)
	return packed
}

// pack replaces name by its compressed copy, and returns the name of what is there
// then: name itself where how is "".
func (w *world) pack(name, how string) string {
	w.Helper()
	if how == "" {
		return name
	}
	packed := w.packCopy(name, how)
	w.remove(name)
	return packed
}

// sameTime gives the file to the modification time of the file from.
func (w *world) sameTime(from, to string) {
	w.Helper()
	st, err := os.Stat(w.path(from))
	if err == nil {
		err = os.Chtimes(w.path(to), st.ModTime(), st.ModTime())
	}
	if err != nil {
		w.Fatal(err)
	}
}

// noOthers fails if a line without a number was read.
func (w *world) noOthers() {
	w.Helper()
	if got := w.ledger.others(); len(got) > 0 {
		w.Errorf("read %d lines that must stay out, the first one %q", len(got), got[0])
	}
}

// noLoss fails if a file or bytes of one are counted as lost.
func (w *world) noLoss() {
	w.Helper()
	for name, s := range w.tailer.Stats() {
		if s.LostFiles != 0 || s.LostBytes != 0 {
			w.Errorf("source %s: %d files and %d bytes counted as lost, want none", name, s.LostFiles, s.LostBytes)
		}
	}
}
