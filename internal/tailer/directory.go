package tailer

import (
	"os"
	"slices"
	"sync"
	"time"
)

// directories keeps one listing for each directory, for all lineages in it, as
// long as the directory does not change. It is safe for concurrent use.
type directories struct {
	mu  sync.Mutex
	all map[string]*directory
}

// directory is one listing; it is never changed.
type directory struct {
	names []string // sorted
	id    identity
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

// list returns the names in dir. The same pointer means: nothing changed.
func (d *directories) list(dir string) (*directory, error) {
	st, err := lookAt(dir)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	known := d.all[dir]
	d.mu.Unlock()
	if known != nil && known.id == st.id && known.mod == st.mod && known.at-known.mod > int64(clockTick) {
		return known, nil
	}
	listed := &directory{id: st.id, mod: st.mod, at: time.Now().UnixNano()}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if listed.names, err = f.Readdirnames(-1); err != nil {
		return nil, err
	}
	slices.Sort(listed.names)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil || len(d.all) >= maxDirectories {
		d.all = map[string]*directory{}
	}
	d.all[dir] = listed
	return listed, nil
}
