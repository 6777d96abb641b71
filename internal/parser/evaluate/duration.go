package evaluate

import (
	"time"

	"wvwatch/internal/parser/logtime"
)

// lasted returns how long the record's request took, 0 where that is not known.
func (s *record) lasted() time.Duration { return s.took.bounded(s.zap) }

// bounded returns the duration, 0 where it is not known or not one of a request. zap is
// true if the record's logger is zap.
func (d duration) bounded(zap bool) time.Duration {
	lasted := d.lasted
	if lasted == 0 && d.text != nil {
		lasted = logtime.DurationOf(d.text, d.unit, zap)
	}
	if lasted < 0 || lasted > logtime.MaxDuration {
		return 0
	}
	return lasted
}
