package tailer

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"unicode"
)

var showStories = flag.Bool("stories", false, "print what each story wrote, lost and doubled; make stories does")

// table is what the stories have come to, by name.
type table struct {
	mu   sync.Mutex
	rows map[string]*row
}

// row sums up the worlds of one story.
type row struct{ worlds, written, lost, doubled, gone int }

// add notes how w ended. Lines that may be lost, since they were gone before
// any reader could read them, are counted apart.
func (t *table) add(w *world) {
	lost, doubled := w.compare()
	all, _ := w.ledger.compare(w.sources, w.count(), nil)
	t.mu.Lock()
	defer t.mu.Unlock()
	name := storyOf(w.Name())
	r := t.rows[name]
	if r == nil {
		r = &row{}
		if t.rows == nil {
			t.rows = map[string]*row{}
		}
		t.rows[name] = r
	}
	r.worlds++
	r.written += w.count() * len(w.sources)
	r.lost += len(lost)
	r.doubled += len(doubled)
	r.gone += len(all) - len(lost)
}

func (t *table) print(out io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for name := range t.rows {
		names = append(names, name)
	}
	slices.Sort(names)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "story\tworlds\twritten\tlost\tdoubled\tgone by nature\n")
	var sum row
	for _, name := range names {
		r := t.rows[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\n", name, r.worlds, r.written, r.lost, r.doubled, r.gone)
		sum = row{sum.worlds + r.worlds, sum.written + r.written, sum.lost + r.lost, sum.doubled + r.doubled, sum.gone + r.gone}
	}
	fmt.Fprintf(w, "%d stories\t%d\t%d\t%d\t%d\t%d\n", len(names), sum.worlds, sum.written, sum.lost, sum.doubled, sum.gone)
	_ = w.Flush()
}

// storyOf makes words of a test's name.
func storyOf(test string) string {
	parts := strings.Split(strings.TrimPrefix(test, "Test"), "/")
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "lines" || p == "records" })
	if parts[0] == "Soak" || parts[0] == "DownAtEveryStage" {
		parts = parts[:1]
	}
	var words strings.Builder
	for i, c := range parts[0] {
		if unicode.IsUpper(c) && i > 0 {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(c))
	}
	for _, p := range parts[1:] {
		words.WriteString(", " + strings.ReplaceAll(p, "_", " "))
	}
	return words.String()
}
