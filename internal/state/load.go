package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// DamagedError is a file in the place of the checkpoint that is none, or that
// is broken. It was moved to SetAside, and everything begins at nothing.
type DamagedError struct {
	Path     string
	SetAside string
	Err      error
}

// Error says where the file is now.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("checkpoint %q is damaged: %v; it is kept as %q, and counting begins from nothing", e.Path, e.Err, e.SetAside)
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Err }

// Load reads the checkpoint; where there is none it is empty. With a
// *DamagedError the caller goes on with the empty checkpoint that comes with it,
// and warns. With any other error (*VersionError among them) the file stays as
// it is, the caller must stop, and Save refuses to overwrite it.
func (s *Store) Load() (Checkpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, err := read(s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		s.barred = nil
		return Checkpoint{}, nil
	}
	if err != nil {
		s.barred = fmt.Errorf("load checkpoint: %w", err)
		return Checkpoint{}, s.barred
	}
	cp, err := decode(content)
	var newer *VersionError
	switch {
	case err == nil:
		s.barred = nil
		return cp, nil
	case errors.As(err, &newer):
		newer.Path = s.Path()
		s.barred = newer
		return Checkpoint{}, newer
	}
	aside, moveErr := s.setAside()
	if moveErr != nil {
		s.barred = fmt.Errorf("checkpoint %q is damaged: %w; and it cannot be set aside: %w", s.Path(), err, moveErr)
		return Checkpoint{}, s.barred
	}
	s.barred = nil
	return Checkpoint{}, &DamagedError{Path: s.Path(), SetAside: aside, Err: err}
}

// maxSize bounds what is read into memory; a checkpoint is some 100 kB.
const maxSize = 1 << 30

// read returns the content of a file, of an endless one its beginning.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSize))
	return content, errors.Join(err, f.Close())
}

// setAside moves the checkpoint to a name that says when, and that is free.
func (s *Store) setAside() (string, error) {
	stem := s.Path() + ".damaged-" + s.now().UTC().Format("20060102T150405Z")
	aside := stem
	for n := 2; ; n++ { // nobody else makes files here
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
		aside = fmt.Sprintf("%s-%d", stem, n)
	}
	if err := os.Rename(s.Path(), aside); err != nil {
		return "", err
	}
	return aside, syncDirectory(s.dir)
}
