package logfs

import (
	"os"
	"slices"
	"sync"
	"time"
)

// Directories keeps one listing for each directory, for all files followed in it, as
// long as the directory does not change. It is safe for concurrent use.
type Directories struct {
	mu  sync.Mutex
	all map[string]*Listing
}

// Listing is what a directory held; it is never changed.
type Listing struct {
	Names []string // sorted
	id    Identity
	mod   int64
	at    int64 // Unix nanoseconds just before it was made
}

const (
	// clockTick is more than the kernel's clock for file times steps by. A change
	// within a tick of a listing may not show in the directory's time.
	clockTick = 20 * time.Millisecond
	// maxDirectories bounds what is remembered.
	maxDirectories = 4096
)

// List returns the names in dir. The same pointer means: nothing changed.
func (d *Directories) List(dir string) (*Listing, error) {
	st, err := Stat(dir)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	known := d.all[dir]
	d.mu.Unlock()
	if known != nil && known.id == st.ID && known.mod == st.Mod && known.at-known.mod > int64(clockTick) {
		return known, nil
	}
	listed := &Listing{id: st.ID, mod: st.Mod, at: time.Now().UnixNano()}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if listed.Names, err = f.Readdirnames(-1); err != nil {
		return nil, err
	}
	slices.Sort(listed.Names)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil || len(d.all) >= maxDirectories {
		d.all = map[string]*Listing{}
	}
	d.all[dir] = listed
	return listed, nil
}
