//go:build !amd64 || purego

package scan

// Available reports whether texts can be scanned.
func Available() bool { return false }

func mark(_, _, _ *uint64, _ *byte, _ int, _ *[2 * Window * 16]byte) { panic("scan: not available") }
