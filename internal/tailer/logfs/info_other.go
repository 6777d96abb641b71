//go:build !linux

package logfs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Stat looks at the file path leads to, through symlinks.
func Stat(path string) (Info, error) {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return Info{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return lookOf(&s), nil
}

// StatFile looks at an open file.
func StatFile(f *os.File) (Info, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return Info{}, err
	}
	var s unix.Stat_t
	ctlErr := conn.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &s) })
	return lookOf(&s), errors.Join(ctlErr, err)
}

func lookOf(s *unix.Stat_t) Info {
	return Info{
		ID:      Identity{Dev: uint64(s.Dev), Ino: s.Ino, Born: s.Btim.Nano()},
		Size:    s.Size,
		Mod:     s.Mtim.Nano(),
		Links:   uint64(s.Nlink),
		Sparse:  s.Blocks*512 < s.Size,
		Regular: s.Mode&unix.S_IFMT == unix.S_IFREG,
		Dir:     s.Mode&unix.S_IFMT == unix.S_IFDIR,
	}
}

// PathOf would return the path an open file has now: this system does not provide it.
func PathOf(*os.File) string { return "" }
