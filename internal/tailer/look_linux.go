package tailer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// lookAt looks at the file path leads to, through symlinks.
func lookAt(path string) (look, error) { return statx(unix.AT_FDCWD, path, 0) }

// lookInto looks at an open file.
func lookInto(f *os.File) (look, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return look{}, err
	}
	var l look
	ctlErr := conn.Control(func(fd uintptr) { l, err = statx(int(fd), "", unix.AT_EMPTY_PATH) })
	return l, errors.Join(ctlErr, err)
}

func statx(fd int, path string, flags int) (look, error) {
	var s unix.Statx_t
	for {
		err := unix.Statx(fd, path, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &s)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ENOSYS, err == unix.EPERM: // an old kernel, or a container that forbids it
			return stat(fd, path)
		case err != nil:
			return look{}, &fs.PathError{Op: "stat", Path: path, Err: err}
		}
		l := look{
			id:      identity{dev: unix.Mkdev(s.Dev_major, s.Dev_minor), ino: s.Ino},
			size:    int64(s.Size),
			mod:     s.Mtime.Sec*1e9 + int64(s.Mtime.Nsec),
			links:   uint64(s.Nlink),
			sparse:  int64(s.Blocks)*512 < int64(s.Size),
			regular: s.Mode&unix.S_IFMT == unix.S_IFREG,
			dir:     s.Mode&unix.S_IFMT == unix.S_IFDIR,
		}
		if s.Mask&unix.STATX_BTIME != 0 {
			l.id.born = s.Btime.Sec*1e9 + int64(s.Btime.Nsec)
		}
		return l, nil
	}
}

func stat(fd int, path string) (look, error) {
	var s unix.Stat_t
	var err error
	if path == "" {
		err = unix.Fstat(fd, &s)
	} else {
		err = unix.Stat(path, &s)
	}
	if err != nil {
		return look{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return look{
		id:      identity{dev: uint64(s.Dev), ino: s.Ino}, //nolint:unconvert // other systems have other types
		size:    s.Size,
		mod:     s.Mtim.Nano(),
		links:   uint64(s.Nlink), //nolint:unconvert // the same
		sparse:  s.Blocks*512 < s.Size,
		regular: s.Mode&unix.S_IFMT == unix.S_IFREG,
		dir:     s.Mode&unix.S_IFMT == unix.S_IFDIR,
	}, nil
}

// whereabouts returns the path an open file has now, or "" where it has none or
// that can not be said.
func whereabouts(f *os.File) string {
	conn, err := f.SyscallConn()
	if err != nil {
		return ""
	}
	path := ""
	_ = conn.Control(func(fd uintptr) { path, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(int(fd))) })
	if err != nil || !filepath.IsAbs(path) {
		return ""
	}
	st, err := lookAt(path) // " (deleted)" is added to the names of files that are gone
	if err != nil {
		return ""
	}
	if own, err := lookInto(f); err != nil || own.id != st.id {
		return ""
	}
	return path
}
