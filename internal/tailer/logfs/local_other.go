//go:build !linux

package logfs

// IsLocal returns false: the type of a file system is known on Linux only.
func (*File) IsLocal() bool { return false }
