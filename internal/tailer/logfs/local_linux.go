package logfs

import "golang.org/x/sys/unix"

// IsLocal reports whether a look at a file on a file system of this type, as statfs returns it, never
// waits for another machine or process.
func IsLocal(magic int64) bool {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, 0x2fc12fc1: // the last is ZFS
		return true
	}
	return false
}

// IsLocal reports whether f is on such a file system.
func (f *File) IsLocal() bool {
	conn, err := f.file.SyscallConn()
	if err != nil {
		return false
	}
	local := false
	err = conn.Control(func(fd uintptr) {
		var s unix.Statfs_t
		local = unix.Fstatfs(int(fd), &s) == nil && IsLocal(int64(s.Type)) //nolint:unconvert // 32-bit systems have another type
	})
	return local && err == nil
}
