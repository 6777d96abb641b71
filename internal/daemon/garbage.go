package daemon

import (
	"os"
	"runtime/debug"
)

// collectOften lets the heap grow by half of what is in use, instead of all of it, before
// garbage is collected, unless the user has set GOGC. It is for times when little is
// allocated: that saves a fifth of the memory, and costs hardly any time.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
