package evaluate

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// signName adds the sign in a member's name to the codes of the member's object:
// {"playerError":{"errorCode":6007}}, {"query":{"extra":"4025"}}.
func (s *candidates) signName(first int, name, object []byte) {
	found := signs.NoSign
	for i := first; i < len(s.list); i++ {
		c := &s.list[i]
		if c.evidence == result.ExtraField && c.weight.Con == signs.NoSign && signs.MentionedIn(name, object) {
			c.weight.Add(signs.SignAbout)
		}
		if c.evidence != result.ServerBody || c.weight.Strong() || c.sealed || c.weight.Con != signs.NoSign || c.around > 1 {
			continue
		}
		if found == signs.NoSign {
			switch {
			case fieldnames.PlayerWords.In(name):
				found = signs.SignPlayerAround
			case signs.SystemWords.In(name) || signs.IsOtherService(name):
				found = signs.SignOtherSystem
			case signs.MentionedIn(name, object):
				found = signs.SignAbout
			default:
				return
			}
		}
		c.weight.Add(found)
	}
}
