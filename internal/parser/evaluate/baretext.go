package evaluate

import (
	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/signs"
)

// bareCounts reports whether a code in bare text counts by what the record shows: a
// licence path, or SSM's words next to a number of its list, and no sign of a player.
func (s *Evaluator) bareCounts(c *candidate) bool {
	if c.named || !s.paths[codes.Widevine] && (s.cat.Index(codes.SSM, c.code) < 0 || s.identify() != codes.SSM) {
		return false
	}
	return !s.player && !fieldnames.PlayerSignSet.In(s.raw) && !signs.GradesByNumber(s.raw)
}
