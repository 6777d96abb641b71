package evaluate

import (
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// sessionLimitCode is the code of the text max active sessions are exceeded.
const sessionLimitCode = 1007

// sessionText counts the session limit's text where the record has nothing better.
func (s *Evaluator) sessionText() {
	if len(s.list) == 0 && len(s.out.Refusals) == s.ignored && s.limit {
		s.add(candidate{code: sessionLimitCode, evidence: result.SessionWords, speaker: signs.SessionServer, path: s.lastPath})
	}
}
