package logfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Stat looks at the file path leads to, through symlinks.
func Stat(path string) (Info, error) { return statx(unix.AT_FDCWD, path, 0) }

// StatFile looks at an open file.
func StatFile(f *os.File) (Info, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return Info{}, err
	}
	var l Info
	ctlErr := conn.Control(func(fd uintptr) { l, err = statx(int(fd), "", unix.AT_EMPTY_PATH) })
	return l, errors.Join(ctlErr, err)
}

func statx(fd int, path string, flags int) (Info, error) {
	var s unix.Statx_t
	for {
		err := unix.Statx(fd, path, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &s)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ENOSYS, err == unix.EPERM: // an old kernel, or a container that forbids it
			return stat(fd, path)
		case err != nil:
			return Info{}, &fs.PathError{Op: "stat", Path: path, Err: err}
		}
		l := Info{
			ID:      Identity{Dev: unix.Mkdev(s.Dev_major, s.Dev_minor), Ino: s.Ino},
			Size:    int64(s.Size),
			Mod:     s.Mtime.Sec*1e9 + int64(s.Mtime.Nsec),
			Links:   uint64(s.Nlink),
			Sparse:  int64(s.Blocks)*512 < int64(s.Size),
			Regular: s.Mode&unix.S_IFMT == unix.S_IFREG,
			Dir:     s.Mode&unix.S_IFMT == unix.S_IFDIR,
		}
		if s.Mask&unix.STATX_BTIME != 0 {
			l.ID.Born = s.Btime.Sec*1e9 + int64(s.Btime.Nsec)
		}
		return l, nil
	}
}

func stat(fd int, path string) (Info, error) {
	var s unix.Stat_t
	var err error
	if path == "" {
		err = unix.Fstat(fd, &s)
	} else {
		err = unix.Stat(path, &s)
	}
	if err != nil {
		return Info{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return Info{
		ID:      Identity{Dev: uint64(s.Dev), Ino: s.Ino}, //nolint:unconvert // other systems have other types
		Size:    s.Size,
		Mod:     s.Mtim.Nano(),
		Links:   uint64(s.Nlink), //nolint:unconvert // the same
		Sparse:  s.Blocks*512 < s.Size,
		Regular: s.Mode&unix.S_IFMT == unix.S_IFREG,
		Dir:     s.Mode&unix.S_IFMT == unix.S_IFDIR,
	}, nil
}

// PathOf returns the path an open file has now, or "" where it has none or
// that is unknown.
func PathOf(f *os.File) string {
	conn, err := f.SyscallConn()
	if err != nil {
		return ""
	}
	path := ""
	_ = conn.Control(func(fd uintptr) { path, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(int(fd))) })
	if err != nil || !filepath.IsAbs(path) {
		return ""
	}
	st, err := Stat(path) // " (deleted)" is added to the names of files that are gone
	if err != nil {
		return ""
	}
	if own, err := StatFile(f); err != nil || own.ID != st.ID {
		return ""
	}
	return path
}
