package parser

// when is the event's time: the innermost that names its zone, else the
// innermost at all, else 0.
func (s *scan) when() int64 {
	if !s.inner.ok {
		s.inner = s.ownTime()
	}
	if s.inner.ok && (s.inner.zone || !s.envelope.zone) {
		return s.inner.nanos
	}
	if s.envelope.ok {
		return s.envelope.nanos
	}
	return 0
}

// ownTime parses the record's time: a member of its object, or what stands at
// the beginning of its text.
func (s *scan) ownTime() stamp {
	var member stamp
	if s.time.text != nil {
		member, _ = s.clock.parse(s.time.text)
		if member.zone && !(s.textual.zone && s.textLevel > s.timeLevel) {
			return member
		}
	}
	if s.textual.zone && s.textLevel > s.timeLevel {
		return s.textual
	}
	if text, _ := s.textTime(); text.zone || !member.ok {
		return text
	}
	return member
}

// textTime reads the time in the text of the record.
func (s *scan) textTime() (stamp, int) { return s.clock.timeOf(s.raw[s.head:]) }
