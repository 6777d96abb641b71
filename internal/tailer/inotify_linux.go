package tailer

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"wvwatch/internal/tailer/logfs"

	"golang.org/x/sys/unix"
)

// changes reports which files of watched directories may have changed, by inotify.
// It is a hint: it lets files that nothing is written to be looked at less often,
// and nothing is missed without it, only seen later.
//
// There is no goroutine that waits for events: a file that is written to would wake
// it at each write, and the poller looks at that file anyway. Each poll takes what
// the kernel has queued, in which equal events that follow each other are one. That
// is why no library for events is used.
//
// It may be used concurrently. No system call that may wait for a file system is
// made under the lock.
type changes struct {
	names atomic.Uint64 // how often a name appeared in, or vanished from, a directory that was asked for

	mu     sync.Mutex
	fd     int // 0 before the first watch, -1 when closed, off or where there is none
	dirs   map[string]*directory
	byID   map[int32][]*directory // by watch: one inode may have several paths
	buffer []byte
}

// directory is a watched directory.
type directory struct {
	path   string
	watch  int32
	above  bool          // it was not asked for: it is above one that was
	ended  atomic.Bool   // nothing is reported any more
	others atomic.Uint64 // how often a file changed that is not in files
	// Guarded by changes.mu:
	files   map[string]map[*logPath]bool // by the name of what their path leads to
	related map[*logPath]bool            // log paths that other files may be siblings of
}

// What is reported: of names only, and of all files.
const (
	renamed   = unix.IN_CREATE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_DELETE
	gone      = unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_IGNORED | unix.IN_UNMOUNT
	names     = renamed | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR | unix.IN_MASK_ADD
	allOfThem = names | unix.IN_MODIFY | unix.IN_ATTRIB
)

// add watches the directories of l's path, and of what it leads to, and returns the
// first. Changes from before are not reported: another look is needed. It returns nil
// where nothing is reported: elsewhere than on a local file system, or where the
// system allows no more watches. The caller holds l's lock.
func (c *changes) add(l *logPath) *directory {
	d := c.addFile(l, l.path)
	if g := l.live; d != nil && g != nil && g.real != "" {
		if real := realPath(l.path); real != "" && c.addFile(l, real) == nil {
			return nil
		}
	}
	return d
}

func (c *changes) addFile(l *logPath, path string) *directory {
	d := c.watch(filepath.Dir(path), allOfThem)
	if d == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := filepath.Base(path)
	if d.files[name] == nil {
		d.files[name] = map[*logPath]bool{}
	}
	d.files[name][l] = true
	return d
}

// addSiblings is add for changes of files next to l's path, too.
func (c *changes) addSiblings(l *logPath) *directory {
	d := c.add(l)
	if d != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		d.related[l] = true
	}
	return d
}

// drop ends what add began for a log path that is not followed any more.
func (c *changes) drop(l *logPath) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.dirs {
		delete(d.related, l)
		for name, all := range d.files {
			if delete(all, l); len(all) == 0 {
				delete(d.files, name)
			}
		}
	}
}

// watchNames watches the names in dir, and reports whether that can be done.
func (c *changes) watchNames(dir string) bool {
	return c.watches(dir) || c.watch(dir, names) != nil
}

// watchAll watches the names in directories. Where a path may lead to another
// directory than before, that is watched.
func (c *changes) watchAll(dirs []string) {
	for _, dir := range dirs {
		if c.watch(dir, names) == nil {
			return // the pattern will be matched every time
		}
	}
}

// watchesAll reports whether all of the directories are watched.
func (c *changes) watchesAll(dirs []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(dirs) > 0 && !slices.ContainsFunc(dirs, func(dir string) bool { return c.dirs[dir] == nil || c.dirs[dir].above })
}

// watch watches dir, and the names in the directories above it: it may be renamed.
// Watching it again finds out whether the path leads to another one.
func (c *changes) watch(dir string, what uint32) *directory {
	if !isLocal(dir) {
		return nil
	}
	d := c.watchOne(dir, what, false)
	for up := filepath.Dir(dir); d != nil && up != dir; up, dir = filepath.Dir(up), up {
		if c.watches(up) {
			break
		}
		c.watchOne(up, names, true)
	}
	return d
}

// watches reports whether dir is watched.
func (c *changes) watches(dir string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dirs[dir] != nil
}

// off makes that nothing is reported. It is called before anything else.
func (c *changes) off() { c.fd = -1 }

func (c *changes) watchOne(dir string, what uint32, above bool) *directory {
	fd := c.open()
	if fd < 0 {
		return nil
	}
	id, err := unix.InotifyAddWatch(fd, dir, what)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd != fd {
		return nil
	}
	if d := c.dirs[dir]; d != nil {
		if d.watch == int32(id) {
			d.above = d.above && above
			return d
		}
		c.forget(d)
	}
	d := &directory{above: above, path: dir, watch: int32(id), files: map[string]map[*logPath]bool{}, related: map[*logPath]bool{}}
	c.dirs[dir] = d
	c.byID[d.watch] = append(c.byID[d.watch], d)
	return d
}

// open returns the descriptor of the queue, negative where there is none.
func (c *changes) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd == 0 {
		fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
		if err != nil {
			fd = -1
		}
		c.fd, c.buffer = fd, make([]byte, 64<<10)
		c.dirs, c.byID = map[string]*directory{}, map[int32][]*directory{}
	}
	return c.fd
}

func (c *changes) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd > 0 {
		_ = unix.Close(c.fd)
	}
	for _, d := range c.dirs {
		d.ended.Store(true)
	}
	c.fd, c.dirs, c.byID = -1, nil, nil
}

// take marks the log paths of files that may have changed since it was called last.
func (c *changes) take() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.fd > 0 {
		n, err := unix.Read(c.fd, c.buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n < unix.SizeofInotifyEvent {
			return
		}
		for events := c.buffer[:n]; len(events) >= unix.SizeofInotifyEvent; {
			end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[unsafe.Offsetof(unix.InotifyEvent{}.Len):]))
			c.event(events[:end])
			events = events[end:]
		}
	}
}

// event takes one event. The caller holds the lock.
func (c *changes) event(e []byte) {
	id := int32(binary.NativeEndian.Uint32(e))
	mask := binary.NativeEndian.Uint32(e[unsafe.Offsetof(unix.InotifyEvent{}.Mask):])
	if mask&unix.IN_Q_OVERFLOW != 0 {
		c.names.Add(1)
		for _, d := range c.dirs {
			d.touch()
		}
		return
	}
	name := e[unix.SizeofInotifyEvent:]
	for len(name) > 0 && name[len(name)-1] == 0 { // it is padded
		name = name[:len(name)-1]
	}
	for _, d := range c.byID[id] {
		if mask&(renamed|gone) != 0 && !d.above {
			c.names.Add(1)
		}
		if mask&gone != 0 {
			d.touch()
			c.forget(d)
			continue
		}
		if mask&renamed != 0 && mask&unix.IN_ISDIR != 0 {
			c.moved(filepath.Join(d.path, string(name)))
		}
		all := d.files[string(name)]
		if len(all) == 0 {
			d.others.Add(1)
			all = d.related
		}
		for l := range all {
			l.awake.Store(true)
		}
	}
}

// moved marks what is in path and below it, and watches it no more: another
// directory may be there now. The caller holds the lock.
func (c *changes) moved(path string) {
	below := path + string(filepath.Separator)
	for _, d := range c.dirs {
		if d.path == path || strings.HasPrefix(d.path, below) {
			c.names.Add(1)
			d.touch()
			c.forget(d)
		}
	}
}

// touch marks every log path of d. The caller holds the lock.
func (d *directory) touch() {
	d.others.Add(1)
	for _, all := range d.files {
		for l := range all {
			l.awake.Store(true)
		}
	}
}

// forget ends the watch of d, unless another path has it too. The caller holds the
// lock.
func (c *changes) forget(d *directory) {
	delete(c.dirs, d.path)
	d.ended.Store(true)
	var left []*directory
	for _, o := range c.byID[d.watch] {
		if o != d {
			left = append(left, o)
		}
	}
	if c.byID[d.watch] = left; len(left) == 0 {
		delete(c.byID, d.watch)
		_, _ = unix.InotifyRmWatch(c.fd, uint32(d.watch)) // fails where the directory is gone
	}
}

// isLocal reports whether every change in dir goes through this kernel's view of it.
// An overlay does not report what is changed below it.
func isLocal(dir string) bool {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return false
	}
	return logfs.IsLocal(int64(s.Type)) && s.Type != unix.OVERLAYFS_SUPER_MAGIC //nolint:unconvert // 32-bit systems have another type
}
