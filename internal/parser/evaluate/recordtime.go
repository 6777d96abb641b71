package evaluate

import (
	"wvwatch/internal/parser/logtime"
)

// when is the event's time: the innermost that names its zone, else the
// innermost at all, else 0.
func (s *record) when() int64 {
	if !s.inner.OK {
		s.inner = s.ownTime()
	}
	if s.inner.OK && (s.inner.Zone || !s.envelope.Zone) {
		return s.inner.Nanos
	}
	if s.envelope.OK {
		return s.envelope.Nanos
	}
	return 0
}

// ownTime parses the record's time: a member of its object, or the time at
// the beginning of its text.
func (s *record) ownTime() logtime.Stamp {
	var member logtime.Stamp
	if s.time != nil {
		member, _ = s.clock.Parse(s.time)
		if member.Zone && !(s.textual.Zone && s.textLevel > s.timeLevel) {
			return member
		}
	}
	if s.textual.Zone && s.textLevel > s.timeLevel {
		return s.textual
	}
	if text, _ := s.textTime(); text.Zone || !member.OK {
		return text
	}
	return member
}

// textTime reads the time in the text of the record.
func (s *record) textTime() (logtime.Stamp, int) { return s.clock.TimeOf(s.raw[s.head:]) }
