package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	fileName     = "wvwatch.state"
	previousName = fileName + ".previous" // the checkpoint before it
	tempName     = fileName + ".tmp"      // one name is enough: the lock keeps others out
	linkName     = previousName + ".tmp"
	lockName     = "wvwatch.lock"
)

// Store is a state directory that is locked for this process. Its methods may
// be called concurrently; one Save waits for another.
type Store struct {
	dir  string
	now  func() time.Time
	lock *os.File

	mu      sync.Mutex // one at a time works on the files
	barred  error      // why Save must not write; nil once the file there was read
	payload bytes.Buffer

	statsMu sync.Mutex // apart from mu: a scrape does not wait for a slow disk
	stats   Stats
}

// Stats describes the checkpoints of this run.
type Stats struct {
	LastSuccess time.Time     // when the last one was on disk; zero for none yet
	Size        int64         // of it, in bytes
	Duration    time.Duration // that it took, fsync included
	Failures    uint64
	Loaded      Generation // with which this run began
}

// Generation is which of the checkpoints in a directory was loaded.
type Generation uint8

// None was loaded where there is none, or each is damaged.
const (
	None Generation = iota
	Newest
	Previous
	numGenerations
)

// String returns the value of the label "generation".
func (g Generation) String() string { return [...]string{"none", "newest", "previous"}[g] }

// Open makes the directory where it is missing, locks it, and makes sure that
// it can be written to. now is the clock for file names and Stats; nil means
// time.Now. Close unlocks it.
func Open(dir string, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, unusable(dir, err)
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, now: now, lock: lock, barred: errors.New("the checkpoint there was not loaded yet")}
	// The lock file may be there from better days.
	if err := s.probe(); err != nil {
		return nil, errors.Join(unusable(dir, err), lock.Close())
	}
	return s, nil
}

// unusable returns an error with what to do about a directory that cannot be written to.
func unusable(dir string, err error) error {
	return fmt.Errorf("state directory %q cannot be used: %w; make it writable for this user, or set state.directory to one that is", dir, err)
}

func (s *Store) probe() error {
	f, err := create(s.path(tempName))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// secure makes the directory and locks it again where it was deleted, with its
// lock, since the last save. The caller holds mu.
func (s *Store) secure() error {
	mine, err := s.lock.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(s.path(lockName)); err == nil && os.SameFile(mine, there) {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return unusable(s.dir, err)
	}
	lock, err := lockDirectory(s.dir)
	if err != nil {
		return err
	}
	_ = s.lock.Close() // of a file that is gone
	s.lock = lock
	return nil
}

// Close unlocks the directory. Nothing may be saved after it.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.barred = fs.ErrClosed
	return s.lock.Close()
}

// Path returns the name of the checkpoint file.
func (s *Store) Path() string { return s.path(fileName) }

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }
