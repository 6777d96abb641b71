package evaluate

import (
	"time"

	"wvwatch/internal/parser/logtime"
)

// lasted returns how long the record's request took, 0 where that is not known.
func (s *record) lasted() time.Duration {
	d := s.took.lasted
	if d == 0 && s.took.text != nil {
		d = logtime.DurationOf(s.took.text, s.took.unit, s.zap)
	}
	if d < 0 || d > logtime.MaxDuration {
		return 0
	}
	return d
}
