package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// fact is one thing that a line reports: a code, or how a licence request ended.
type fact struct {
	what  string // code, request
	drm   string
	value string // the number, or the outcome
}

// truth counts what a corpus holds, as it is written.
type truth struct {
	lines  int
	counts map[fact]int
}

func (t *truth) add(f fact) { t.counts[f]++ }

// sum returns the number of facts of one kind.
func (t *truth) sum(what string) int {
	n := 0
	for f, count := range t.counts {
		if f.what == what {
			n += count
		}
	}
	return n
}

// appendTSV appends the counts as a table, sorted.
func (t *truth) appendTSV(dst []byte) []byte {
	dst = append(dst, "what\tdrm\tvalue\tcount\n"...)
	dst = fmt.Appendf(dst, "lines\t-\t-\t%d\n", t.lines)
	facts := slices.SortedFunc(maps.Keys(t.counts), func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.drm, b.drm), cmp.Compare(a.value, b.value))
	})
	for _, f := range facts {
		dst = fmt.Appendf(dst, "%s\t%s\t%s\t%d\n", f.what, f.drm, f.value, t.counts[f])
	}
	return dst
}
