package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// DamagedError is a checkpoint that is missing, or a file in its place that is
// none or is broken.
type DamagedError struct {
	Path     string
	SetAside string // where the file is now; empty for one that was missing
	Used     Generation
	Err      error
}

// Error returns where the file is now, and what is used in its place.
func (e *DamagedError) Error() string {
	text := fmt.Sprintf("checkpoint %q is missing", e.Path)
	if e.SetAside != "" {
		text = fmt.Sprintf("checkpoint %q is damaged: %v; it is kept as %q", e.Path, e.Err, e.SetAside)
	}
	if e.Used == Previous {
		return text + "; the previous one is used, and what was counted after it is read again"
	}
	return text + ", and counting begins from nothing"
}

// Unwrap returns the error of the file.
func (e *DamagedError) Unwrap() error { return e.Err }

// Load reads the checkpoint, or the previous one where the newest is missing or
// damaged; where there is none it is empty. With a *DamagedError the caller goes
// on with the checkpoint that comes with it, and warns. With any other error
// (*VersionError among them) the files stay as they are, the caller must stop, and
// Save refuses to overwrite them.
func (s *Store) Load() (Checkpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cp, used, err := s.load()
	var damaged *DamagedError
	if s.barred = nil; err != nil && !errors.As(err, &damaged) {
		s.barred = err
		return Checkpoint{}, err
	}
	s.statsMu.Lock()
	s.stats.Loaded = used
	s.statsMu.Unlock()
	return cp, err
}

func (s *Store) load() (Checkpoint, Generation, error) {
	cp, err := s.loadFile(fileName)
	var newest *DamagedError
	switch {
	case err == nil:
		return cp, Newest, nil
	case errors.Is(err, fs.ErrNotExist):
		newest = &DamagedError{Path: s.Path(), Err: err}
	case !errors.As(err, &newest):
		return Checkpoint{}, None, err
	}
	cp, err = s.loadFile(previousName)
	var previous *DamagedError
	switch {
	case err == nil:
		newest.Used = Previous
		return cp, Previous, newest
	case errors.As(err, &previous):
		return Checkpoint{}, None, errors.Join(newest, previous)
	case !errors.Is(err, fs.ErrNotExist):
		return Checkpoint{}, None, err
	case newest.SetAside == "": // neither: the first start
		return Checkpoint{}, None, nil
	}
	return Checkpoint{}, None, newest
}

// loadFile reads one file. One that is damaged is set aside.
func (s *Store) loadFile(name string) (Checkpoint, error) {
	content, err := read(s.path(name))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("load checkpoint: %w", err)
	}
	cp, err := decode(content)
	if err == nil {
		return cp, nil
	}
	if newer := (*VersionError)(nil); errors.As(err, &newer) {
		newer.Path = s.path(name)
		return Checkpoint{}, newer
	}
	aside, moveErr := s.setAside(name)
	if moveErr != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint %q is damaged: %w; and it cannot be set aside: %w", s.path(name), err, moveErr)
	}
	return Checkpoint{}, &DamagedError{Path: s.path(name), SetAside: aside, Err: err}
}

// maxSize bounds the bytes read into memory; a checkpoint is some 100 kB.
const maxSize = 1 << 30

// read returns the content of a regular file. That of a FIFO, a socket or a
// device is empty: it is not read, since it may have no end.
func read(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENXIO) { // a socket
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		return nil, f.Close()
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSize))
	return content, errors.Join(err, f.Close())
}

// setAside moves a checkpoint to a free name with the time in it, and returns its path.
func (s *Store) setAside(name string) (string, error) {
	stem := s.path(name) + ".damaged-" + s.now().UTC().Format("20060102T150405Z")
	aside := stem
	for n := 2; ; n++ { // no other process makes files here
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
		aside = fmt.Sprintf("%s-%d", stem, n)
	}
	if err := os.Rename(s.path(name), aside); err != nil {
		return "", err
	}
	return aside, syncDirectory(s.dir)
}
