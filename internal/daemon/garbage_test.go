package daemon

import (
	"runtime/debug"
	"testing"
)

// GOGC of the user stays.
func TestCollectOften(t *testing.T) {
	was := debug.SetGCPercent(100)
	defer debug.SetGCPercent(was)
	for set, want := range map[string]int{"": 50, "100": 100} {
		t.Setenv("GOGC", set)
		debug.SetGCPercent(100)
		collectOften()
		if got := debug.SetGCPercent(100); got != want {
			t.Errorf("GOGC=%q: the heap grows by %d %%, want %d", set, got, want)
		}
	}
}
