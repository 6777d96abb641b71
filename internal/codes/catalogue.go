// Package codes knows what a licence server's extra code means.
//
// It holds one catalogue of all servers' codes, embedded from tables, over
// which a user may lay a file of their own. A number that is in no table
// resolves to an unlisted entry: it is counted, never guessed at. The package
// knows nothing of logs, counts or alerts.
package codes

import (
	"cmp"
	"slices"
	"sync"
)

// Config names the user's overlay file; empty for none.
type Config struct {
	Overlay string `mapstructure:"overlay" yaml:"overlay"`
}

// Validate reads the overlay file, where there is one, and reports every fault
// of it, each with its line.
func (c Config) Validate() error {
	_, err := Load(c)
	return err
}

// Catalogue is immutable after Load; its methods may be called concurrently.
type Catalogue struct {
	entries []Entry // listed ones, by DRM, then by code

	// index holds, for each server and number, one more than the index of its
	// entry; 0 for none. The parser asks for every candidate, so it is an array
	// and not a map.
	index [NumDRM][MaxCode - MinCode + 1]int16

	observed   []Entry // unlisted ones that have a description
	unique     map[int][]UniqueText
	collisions map[int][]Collision
}

// Load returns a new catalogue: the embedded tables with cfg.Overlay laid over them.
// Its error joins every fault of the overlay file.
func Load(cfg Config) (*Catalogue, error) {
	base, err := embedded()
	if err != nil {
		return nil, err
	}
	c := *base // a reload is seen by its catalogue being another one
	if cfg.Overlay == "" {
		return &c, nil
	}
	changes, err := readOverlay(cfg.Overlay, base)
	if err != nil {
		return nil, err
	}
	c.entries = slices.Clone(base.entries)
	for _, e := range changes {
		if i := base.Index(e.DRM, e.Code); i >= 0 {
			c.entries[i] = e
		} else {
			c.entries = append(c.entries, e)
		}
	}
	c.arrange()
	return &c, nil
}

// embedded reads the embedded tables, once: a start needs them several times.
var embedded = sync.OnceValues(func() (*Catalogue, error) {
	c := &Catalogue{}
	for _, d := range serverTables {
		entries, err := readServer(d)
		if err != nil {
			return nil, err
		}
		c.entries = append(c.entries, entries...)
	}
	var err error
	if c.observed, err = readObserved(); err != nil {
		return nil, err
	}
	if c.collisions, err = readCollisions(); err != nil {
		return nil, err
	}
	// The vendor's texts, not the user's: what a server writes does not change
	// with what an overlay calls it.
	c.unique = uniqueTexts(c.entries)
	c.arrange()
	return c, nil
})

// Len is the number of listed entries; an index runs from 0 to Len()-1 and is
// stable for the life of the catalogue.
func (c *Catalogue) Len() int { return len(c.entries) }

// At returns the entry with that index. Entries are ordered by DRM, then by
// code.
func (c *Catalogue) At(i int) Entry { return c.entries[i] }

// Index returns the index of a listed code, or -1. It allocates nothing and is
// safe on any input; the parser calls it for every candidate.
func (c *Catalogue) Index(d DRM, code int) int {
	if int(d) >= NumDRM || code < MinCode || code > MaxCode {
		return -1
	}
	return int(c.index[d][code-MinCode]) - 1
}

// Resolve returns the listed entry, or an unlisted one (Category
// CategoryUnlisted, Severity "warning", Listed false). An unlisted entry has a
// Description only where the number was seen in the field.
func (c *Catalogue) Resolve(d DRM, code int) Entry {
	if i := c.Index(d, code); i >= 0 {
		return c.entries[i]
	}
	for _, e := range c.observed {
		if e.DRM == d && e.Code == code {
			return e
		}
	}
	return unlisted(d, code)
}

// ByCode returns every server's listed entry for a number, in DRM order.
func (c *Catalogue) ByCode(code int) []Entry {
	var entries []Entry
	for d := Widevine; d < numDRM; d++ {
		if i := c.Index(d, code); i >= 0 {
			entries = append(entries, c.entries[i])
		}
	}
	return entries
}

// Known reports whether any server lists the number. It allocates nothing.
func (c *Catalogue) Known(code int) bool {
	for d := Widevine; d < numDRM; d++ {
		if c.Index(d, code) >= 0 {
			return true
		}
	}
	return false
}

// UniqueTexts returns the texts that name a sibling server for code. The slice
// is the catalogue's own: read it only. It allocates nothing.
func (c *Catalogue) UniqueTexts(code int) []UniqueText { return c.unique[code] }

// Collisions returns what else the number means, in other systems. The slice is
// the catalogue's own: read it only.
func (c *Catalogue) Collisions(code int) []Collision { return c.collisions[code] }

// Categories returns all categories of listed entries, sorted.
func (c *Catalogue) Categories() []string {
	var names []string
	for _, e := range c.entries {
		names = append(names, e.Category)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// arrange sorts the entries and builds the index over them.
func (c *Catalogue) arrange() {
	slices.SortFunc(c.entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.DRM, b.DRM), cmp.Compare(a.Code, b.Code))
	})
	for i, e := range c.entries {
		c.index[e.DRM][e.Code-MinCode] = int16(i + 1)
	}
}
