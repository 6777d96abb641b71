package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockDirectory takes the directory for this process. The lock belongs to the
// open file: it ends with Close, or with the process, however that ends.
func lockDirectory(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, unusable(dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("state directory %q is used by another wvwatch%s: stop it, or give this one a state.directory of its own", dir, holder(f))
	case err != nil:
		err = fmt.Errorf("lock state directory %q: %w; set state.directory to one on a local disk", dir, err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Who holds it is a courtesy to the next one: no lock fails for want of it.
	_ = f.Truncate(0)
	_, _ = fmt.Fprintln(f, os.Getpid())
	return f, nil
}

// holder names the process that wrote itself into the lock file.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 20))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" || strings.Trim(pid, "0123456789") != "" {
		return ""
	}
	return " (process " + pid + ")"
}
