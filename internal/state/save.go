package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// maxSpare is how large a buffer is kept from one Save to the next.
const maxSpare = 4 << 20

// Save replaces the checkpoint by cp, and keeps the one before it as the
// previous one. When it returns nil, cp is on disk; with an error the checkpoint
// of before is still there. A directory that was deleted is made again. Failures
// are counted in Stats; the caller logs them.
func (s *Store) Save(cp Checkpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := s.now()
	size, err := s.save(cp)
	end := s.now()

	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	if err != nil {
		s.stats.Failures++
		return fmt.Errorf("save checkpoint %q: %w", s.Path(), err)
	}
	s.stats.LastSuccess, s.stats.Size, s.stats.Duration = end, size, end.Sub(begin)
	return nil
}

// Stats may be called at any time.
func (s *Store) Stats() Stats {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	return s.stats
}

func (s *Store) save(cp Checkpoint) (size int64, err error) {
	if s.barred != nil {
		return 0, s.barred
	}
	if err := s.secure(); err != nil {
		return 0, err
	}
	if s.payload.Cap() > maxSpare {
		s.payload = bytes.Buffer{}
	}
	s.payload.Reset()
	header, err := encode(&s.payload, cp)
	if err != nil {
		return 0, err
	}
	temp := s.path(tempName)
	if err := write(temp, header, s.payload.Bytes()); err != nil {
		_ = os.Remove(temp) // gives the space back where the disk is full
		return 0, err
	}
	s.keepPrevious()
	if err := os.Rename(temp, s.Path()); err != nil {
		return 0, err
	}
	return int64(len(header) + s.payload.Len()), syncDirectory(s.dir)
}

// keepPrevious gives the checkpoint its second name, under which it outlives the
// next one. At each moment one of the two names has a whole checkpoint. A failure
// is of no consequence but that the previous one is older.
func (s *Store) keepPrevious() {
	if st, err := os.Lstat(s.Path()); err != nil || !st.Mode().IsRegular() {
		return
	}
	link, previous := s.path(linkName), s.path(previousName)
	_ = os.Remove(link)                             // of a save that was killed
	if err := os.Link(s.Path(), link); err != nil { // a file system without hard links
		_ = os.Rename(s.Path(), previous)
		return
	}
	_ = os.Rename(link, previous)
}

// create makes a new file: it removes a file of that name, and does not follow a
// symlink.
func create(name string) (*os.File, error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
}

// write makes a file of the parts, and returns when they are on disk.
func write(name string, parts ...[]byte) error {
	f, err := create(name)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := f.Write(p); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// syncDirectory makes renames in a directory last. File systems that do not
// support it return EINVAL; they do what they can.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
