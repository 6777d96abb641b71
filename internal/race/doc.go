// Package race lets tests know that the race detector watches them. A test of one
// goroutine that takes minutes under it skips itself, and make test runs it again without.
package race
