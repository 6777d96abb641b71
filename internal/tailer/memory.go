package tailer

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// memory has the texts of which no file is open: those that are finished, those
// that were left out at the first start, and those the file of which can not be
// seen now. Whatever file appears is compared with them, so that a new name, a
// new inode, another compression or another source makes nothing new. It is safe
// for concurrent use.
type memory struct {
	mu       sync.Mutex
	texts    map[ID]*remembered
	pending  map[ID]*remembered               // those of texts that a start still looks for
	heads    map[int]map[uint64][]*remembered // by length and hash of the head
	prefixes map[logfs.Prefix][]*remembered   // those with marks, by which shorter copies are known

	forgot time.Time // when old ones were forgotten last
}

// remembered is one text.
type remembered struct {
	Position
	of      *logPath // that looks for its file at a start; nil for none
	pending bool     // its source has not been scanned, or of has not looked yet: no other log path may have it
}

const (
	// memoryTime is how long a text is remembered that no file holds any more:
	// longer than rotation keeps files that are not visible.
	memoryTime = 5 * 7 * 24 * time.Hour
	// touchTime is how exactly it is known when a text was seen last.
	touchTime = 24 * time.Hour
	// fullMemory is how many texts are remembered; the ones seen longest ago go first.
	fullMemory = 20_000
)

func newMemory() *memory {
	return &memory{
		texts: map[ID]*remembered{}, pending: map[ID]*remembered{},
		heads: map[int]map[uint64][]*remembered{}, prefixes: map[logfs.Prefix][]*remembered{},
	}
}

// add remembers p, and returns the positions that it replaces: finished ones of
// the same text. A pending one is looked for by its source.
func (m *memory) add(p Position, pending bool) (replaced []ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(p.ID)
	if p.Finished {
		for _, r := range m.heads[p.HeadLen][p.Head] {
			if r.Finished && r.Offset == p.Offset && r.Guard == p.Guard && r.Source == p.Source && r.Name == p.Name {
				replaced = append(replaced, r.ID)
			}
		}
		for _, id := range replaced {
			m.drop(id)
		}
	}
	m.insert(&remembered{Position: p, pending: pending})
	return replaced
}

// insert adds r, which is not there, to the indexes. mu is held.
func (m *memory) insert(r *remembered) {
	m.texts[r.ID] = r
	if r.pending {
		m.pending[r.ID] = r
	}
	byHash := m.heads[r.HeadLen]
	if byHash == nil {
		byHash = map[uint64][]*remembered{}
		m.heads[r.HeadLen] = byHash
	}
	byHash[r.Head] = append(byHash[r.Head], r)
	for _, x := range r.prefixes() {
		m.prefixes[x] = append(m.prefixes[x], r)
	}
}

// prefixes returns those by which shorter copies of the text are found: without marks
// none is known.
func (r *remembered) prefixes() []logfs.Prefix {
	if r.Marks == "" {
		return nil
	}
	print := r.fingerprint()
	return print.Prefixes()
}

// take removes the text p and returns whether it was there with the position p: of two files
// that hold it, one gets it, and a position that was read further since is not taken.
func (m *memory) take(p Position) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.texts[p.ID]
	return r != nil && r.Offset == p.Offset && r.Finished == p.Finished && m.drop(p.ID)
}

// has reports whether the text is remembered.
func (m *memory) has(id ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts[id] != nil
}

// drop is take for who holds mu.
func (m *memory) drop(id ID) bool {
	r := m.texts[id]
	if r == nil {
		return false
	}
	delete(m.texts, id)
	delete(m.pending, id)
	byHash := m.heads[r.HeadLen]
	removeFrom(byHash, r.Head, r)
	if len(byHash) == 0 {
		delete(m.heads, r.HeadLen)
	}
	for _, x := range r.prefixes() {
		removeFrom(m.prefixes, x, r)
	}
	return true
}

// removeFrom removes r from the texts of key, and key with the last one.
func removeFrom[K comparable](index map[K][]*remembered, key K, r *remembered) {
	rest := index[key]
	if i := slices.Index(rest, r); i >= 0 {
		rest = slices.Delete(rest, i, i+1)
	}
	if index[key] = rest; len(rest) == 0 {
		delete(index, key)
	}
}

// assign gives l all pending texts for which its path or a matched sibling of it
// is the name, and returns those that are unfinished.
func (m *memory) assign(l *logPath, names []string) (unfinished []Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if r.of != nil || r.Source != l.source.cfg.Name || r.Name != l.path && !slices.Contains(names, r.Name) {
			continue
		}
		if r.of = l; !r.Finished {
			unfinished = append(unfinished, r.Position)
		}
	}
	slices.SortFunc(unfinished, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.ModTime, b.ModTime), cmp.Compare(a.ID, b.ID))
	})
	return unfinished
}

// release marks the texts of l as looked for: from now on any log path that holds
// them may take them.
func (m *memory) release(l *logPath) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if r.of == l {
			m.settle(r)
		}
	}
}

// releaseSource does so for the texts of a source that no log path looks for.
func (m *memory) releaseSource(source string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if r.Source == source && r.of == nil {
			m.settle(r)
		}
	}
}

// settle notes that r is not looked for any more. mu is held.
func (m *memory) settle(r *remembered) {
	r.of, r.pending = nil, false
	delete(m.pending, r.ID)
}

// finished returns the finished texts that l looks for.
func (m *memory) finished(l *logPath) (all []Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if r.of == l && r.Finished {
			all = append(all, r.Position)
		}
	}
	return all
}

// names returns the names of the source's texts that are still looked for.
func (m *memory) names(source string) (names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if !r.Finished && r.Source == source {
			names = append(names, r.Name)
		}
	}
	return names
}

// move gives what one log path looks for to another.
func (m *memory) move(from, to *logPath) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.pending {
		if r.of == from {
			r.of = to
		}
	}
}

// forget drops, once an hour, the texts of which no file was seen for long, and
// the oldest ones of too many, and returns them.
func (m *memory) forget(now time.Time) (old []Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.forgot) < time.Hour {
		return nil
	}
	m.forgot = now
	var finished []Position
	for _, r := range m.texts {
		seen := cmp.Or(r.Seen, r.ModTime)
		switch {
		case r.pending:
		case !r.Finished && r.Seen == 0: // missing since this run
			missing := *r
			missing.Seen = now.UnixNano()
			m.replace(r, &missing)
		case seen != 0 && now.UnixNano()-seen > int64(memoryTime):
			old = append(old, r.Position)
		case r.Finished:
			finished = append(finished, r.Position)
		}
	}
	if over := len(m.texts) - len(old) - fullMemory; over > 0 {
		slices.SortFunc(finished, func(a, b Position) int { return cmp.Compare(a.Seen, b.Seen) })
		old = append(old, finished[:min(over, len(finished))]...)
	}
	for _, p := range old {
		m.drop(p.ID)
	}
	return old
}

// touch notes that files still hold these finished texts, and returns the
// updated positions.
func (m *memory) touch(ids []ID, now time.Time) (seen []Position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if r := m.texts[id]; r != nil && now.UnixNano()-r.Seen > int64(touchTime) {
			renewed := *r
			renewed.Seen = now.UnixNano()
			m.replace(r, &renewed)
			seen = append(seen, renewed.Position)
		}
	}
	return seen
}

// replace puts one entry in the place of another with the same text: the position of
// an entry does not change, since it is read without the lock.
func (m *memory) replace(r, by *remembered) {
	m.drop(r.ID)
	m.insert(by)
}
