package metrics

// sight says how far a series has come into a scraper's sight. A counter that
// first appears with its count is invisible to increase(), so a series that is
// born while the daemon runs is published as 0 first. Its count follows at the
// next scrape; or, where counts wait for a checkpoint, at the first scrape
// after a checkpoint that remembers the 0: else a kill could make the
// scraper see the 0 a second time.
//
// The zero value is a series just born.
type sight struct {
	phase phase
	zero  uint64 // in phase published: the number of the newest State when the 0 was shown
}

type phase uint8

const (
	born phase = iota
	published
	shown
)

// visible reports whether the count is exported; 0 is where it is not.
func (s sight) visible() bool { return s.phase == shown }

// seen reports whether a scraper was shown the series, if only as 0.
func (s sight) seen() bool { return s.phase != born }

// scrape moves s on by one scrape. taken is the number of the newest State,
// saved that of the newest one that is known to be on disk.
func (s *sight) scrape(taken, saved uint64, awaitSave bool) {
	switch {
	case s.phase == born:
		s.phase, s.zero = published, taken
	case s.phase == published && (!awaitSave || saved > s.zero):
		s.phase = shown
	}
}

// restore takes over what an earlier run had shown.
func (s *sight) restore(seen bool) {
	if seen {
		s.phase = shown
	}
}
