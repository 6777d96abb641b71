package preflight

import (
	"fmt"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// serviceUser and serviceGroup are those of the unit that packages install.
const (
	serviceUser  = "wvwatch"
	serviceGroup = "adm"
)

// access opens files with the rights of a user. It is safe for concurrent use.
type access struct {
	name     string
	uid, gid int
	groups   []uint32
}

// serviceReader returns the access of the service's user where root asks for it: root
// reads every file, the service does not. It is nil elsewhere.
func serviceReader() *access {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(serviceUser)
	if err != nil {
		return nil
	}
	a := &access{name: u.Username}
	a.uid, _ = strconv.Atoi(u.Uid) // numbers on this system
	a.gid, _ = strconv.Atoi(u.Gid)
	ids, err := u.GroupIds()
	if err != nil {
		return nil
	}
	if g, err := user.LookupGroup(serviceGroup); err == nil {
		ids = append(ids, g.Gid)
	}
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			a.groups = append(a.groups, uint32(n))
		}
	}
	return a
}

// open reports whether a may open file for reading. It asks the kernel, on a thread
// that has the user's rights and ends with the question, so that access lists and
// folders count too.
func (a *access) open(file string) error {
	answer := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		answer <- a.ask(file)
	}()
	return <-answer
}

func (a *access) ask(file string) error {
	var groups unsafe.Pointer
	if len(a.groups) > 0 {
		groups = unsafe.Pointer(&a.groups[0])
	}
	// Package syscall would change every thread.
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETGROUPS, uintptr(len(a.groups)), uintptr(groups), 0); errno != 0 {
		return nil //nolint:nilerr // what can not be found out is no fault of the file
	}
	// Setfsuid drops the rights of root over files.
	if syscall.Setfsgid(a.gid) != nil || syscall.Setfsuid(a.uid) != nil {
		return nil //nolint:nilerr // as above
	}
	fd, err := syscall.Open(file, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	return syscall.Close(fd)
}
