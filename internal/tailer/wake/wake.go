// Package wake reports that open files may have grown, by the watcher of nxadm/tail.
//
// It is a hint: whoever uses it looks at its files anyway, and nothing is missed when a
// change is reported late, twice or not at all. It promises that the library can not end
// the process, and that no watch outlives Close. docs/decisions/0001-how-nxadm-tail-is-used.md
// has the reasons.
package wake

import "os"

// Watcher reports changes of open files. Its methods may be called concurrently.
type Watcher interface {
	// Watch calls wake, from a goroutine of its own, for each change of f from size on,
	// until stop is called. f may be closed before. stop is nil where f is not watched:
	// too many files are, or its file system is one where a look may wait.
	Watch(f *os.File, size int64, wake func()) (stop func())
	// Close ends all watches and returns when wake is not called any more. Nothing is
	// watched afterwards.
	Close()
}
