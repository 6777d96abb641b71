//go:build !purego

package scan

import "golang.org/x/sys/cpu"

// Available reports whether texts can be scanned.
func Available() bool { return cpu.X86.HasAVX2 }

// mark marks count times 64 bytes that begin at text, in as many words of each set. It
// reads two bytes more.
//
//go:noescape
func mark(places, quotes, newlines *uint64, text *byte, count int, tables *[2 * Window * 16]byte)
