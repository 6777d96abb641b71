package tailer

// pending is a saved position whose file is looked for still.
type pending struct {
	Position
	of      *lineage // that looks for it; nil for none
	decided bool     // it has found the file, or given it up
}

// reserved reports whether another lineage than l has a position under this
// number still, which a commit of a file that has the number now would replace.
func (s *source) reserved(id identity, l *lineage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.pending[Key{s.cfg.Name, id.dev, id.ino}].of
	return of != nil && of != l
}

// settle frees the number k that a saved position of l had, or all of them.
func (s *source) settle(l *lineage, k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for number, p := range s.pending {
		if p.of == l && (number == k || k == Key{}) {
			delete(s.pending, number)
		}
	}
}

// sought returns the position under this number that another lineage than l looks
// for, or nobody.
func (s *source) sought(id identity, l *lineage) (Position, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pending[Key{s.cfg.Name, id.dev, id.ino}]
	return p.Position, ok && p.of != l && !p.decided
}

// pass gives l the position k that another lineage looks for, unless that has
// decided about it meanwhile.
func (s *source) pass(k Key, l *lineage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pending[k]
	if !ok || p.decided {
		return false
	}
	s.pending[k] = pending{Position: p.Position, of: l}
	return true
}

// hand gives all positions that one lineage looks for to another.
func (s *source) hand(from, to *lineage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, p := range s.pending {
		if p.of == from {
			p.of = to
			s.pending[k] = p
		}
	}
}

// decide ends l's search for its saved positions: none of them is passed to
// another lineage from now on. It returns those that are l's still.
func (s *source) decide(l *lineage, saved []Position) (own []Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, position := range saved {
		if p := s.pending[position.Key()]; p.of == l {
			p.decided = true
			s.pending[position.Key()] = p
			own = append(own, position)
		}
	}
	return own
}
