package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written to f durable, and its size. It spares the times of the
// file, which cost a write to the file system's journal.
func syncData(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
