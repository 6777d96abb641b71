package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	repeatTime = 10 * time.Minute // for how long a batch is known again
	maxRecent  = 1 << 16          // identities that are kept
)

// recent has the identities of the last batches.
type recent struct {
	groups map[Identity]*group // the commit that writes the batch; nil when it is on disk
	order  []arrival           // oldest first
}

// arrival is when a batch was received, Unix nanoseconds.
type arrival struct {
	id Identity
	at int64
}

// find returns the group that the batch is in, and whether it is known.
func (r *recent) find(id Identity, now int64) (g *group, known bool) {
	r.expire(now)
	g, known = r.groups[id]
	return g, known
}

// add notes a batch. The identity must not be known.
func (r *recent) add(id Identity, at int64, g *group) {
	if r.groups == nil {
		r.groups = map[Identity]*group{}
	}
	if _, known := r.groups[id]; known || id == (Identity{}) {
		return
	}
	r.groups[id] = g
	r.order = append(r.order, arrival{id, at})
	r.expire(at)
}

func (r *recent) expire(now int64) {
	n := max(0, len(r.order)-maxRecent)
	for n < len(r.order) && now-r.order[n].at > int64(repeatTime) {
		n++
	}
	for _, a := range r.order[:n] {
		delete(r.groups, a.id)
	}
	r.order = r.order[n:]
}

// settle marks the batches of g as stored, or removes them where g failed.
func (r *recent) settle(g *group) {
	for _, id := range g.ids {
		if r.groups[id] != g {
			continue
		}
		if g.err == nil {
			r.groups[id] = nil
		} else {
			delete(r.groups, id) // order has a stale entry until it expires
		}
	}
}

const identitiesFile = "identities"

// save writes the identities of batches that are on disk, so that segments can be
// deleted before their batches are too old to be repeated.
func (r *recent) save(dir string) error {
	const size = len(Identity{}) + 8
	data := make([]byte, 0, size*len(r.order))
	for _, a := range r.order {
		if g, known := r.groups[a.id]; known && g == nil {
			data = append(data, a.id[:]...)
			data = binary.LittleEndian.AppendUint64(data, uint64(a.at))
		}
	}
	path := filepath.Join(dir, identitiesFile)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("save identities: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("save identities: %w", err)
	}
	return nil
}

// load reads what save wrote; a missing file holds none.
func (r *recent) load(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, identitiesFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("load identities: %w", err)
	}
	const size = len(Identity{}) + 8
	for ; len(data) >= size; data = data[size:] {
		r.add(Identity(data[:len(Identity{})]), int64(binary.LittleEndian.Uint64(data[len(Identity{}):])), nil)
	}
	return nil
}
