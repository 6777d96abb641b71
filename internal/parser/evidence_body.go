package parser

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// The server's body: an object with errorCode, or what is left of one whose end
// was cut off. Others write errorCode too; the signs in the object and around it
// say who did.

// close reads a finished object with its text.
func (s *scan) close(f *frame, object []byte) {
	if f.player {
		s.refusePlayer(f)
		s.signsAround(f, object)
		return
	}
	s.readBody(f, object)
	s.signsAround(f, object)
	s.closeExtra(f, object)
}

// readBody reads the code of an object with errorCode.
func (s *scan) readBody(f *frame, object []byte) {
	v, named := f.errorCode, f.typed
	if !f.hasError {
		if !f.hasNamed {
			return
		}
		v, named = f.named, true
	}
	n, is, why := number.Whole(v.text)
	if m, ok := number.Printed(v.text); ok && is != number.IsCode {
		n, is, named = m, number.IsCode, true
	}
	switch {
	case is == number.Nothing || is == number.Refused && named:
	case is == number.Refused:
		s.refuse(n, why)
	default:
		c := candidate{code: n, evidence: result.ServerBody, path: s.lastPath, named: named, level: f.level, weight: s.signs.WeighBody(object, n)}
		s.add(c)
	}
}

// maxAround is how many objects around a number are weighed for a sign against it.
const maxAround = 2

// seal keeps the candidates from first on, which a server's answer holds, from the
// signs of the objects around it.
func (s *scan) seal(first int) {
	for i := first; i < len(s.candidates); i++ {
		s.candidates[i].sealed = true
	}
}

// signType lays the sign of a player's type upon the candidates from first on.
func (s *scan) signType(first int) {
	for i := first; i < len(s.candidates); i++ {
		c := &s.candidates[i]
		if c.evidence == result.ServerBody && !c.weight.Strong() && !c.sealed && c.weight.Con == signs.NoSign && c.around <= 1 {
			c.weight.Add(signs.SignPlayerAround)
		}
	}
}

// signsAround lays the signs of the object f upon what was found inside it, other
// than its own number and what a server's answer holds.
func (s *scan) signsAround(f *frame, object []byte) {
	asked, player, spoken := false, f.player, false
	for i := f.first; i < len(s.candidates); i++ {
		c := &s.candidates[i]
		if c.evidence != result.ServerBody || c.weight.Strong() || c.sealed || c.weight.Con != signs.NoSign || c.around > maxAround {
			continue
		}
		if c.around++; c.around == 1 {
			continue // its own object
		}
		if !asked && !player {
			w := s.signs.Weigh(object, 0)
			asked, player, spoken = true, w.Con == signs.SignPlayerWord, w.Spoken
		}
		if player && !(spoken && c.level > f.level) { // what a text holds, the message next to it did not write
			c.weight.Add(signs.SignPlayerAround)
		}
	}
}

// abandon gives up an object that turned out to be none, or that breaks off
// before it has shown what it is: t[start:end] was read.
func (s *scan) abandon(f *frame, t []byte, start, end int) {
	if f.player {
		s.refusePlayer(f)
		return
	}
	v := f.errorCode
	if !f.hasError {
		v = f.named
	}
	n, is, _ := number.Whole(v.text)
	if m, ok := number.Printed(v.text); ok && is != number.IsCode {
		n, is = m, number.IsCode
	}
	if is == number.IsCode {
		c := candidate{code: n, evidence: result.BareText, path: s.lastPath, named: !f.hasError}
		if s.signs.WordsNear(t, start, start+1, n) {
			if w := s.signs.WeighScope(signs.ScopeAround(t, start, start+1), n); w.Strong() && w.Sum >= 0 {
				c.evidence, c.weight = result.ServerWords, w
			}
		}
		s.add(c)
	}
	if s.wordsSaid && is != number.IsCode && bytes.Contains(t[start:end], []byte(fieldnames.ServerStatus)) {
		s.signs.NamedCodes(t, start, start+1, s.printed2)
	}
	s.signsAround(f, t[start:end])
	s.closeExtra(f, t[start:end])
}

func (s *scan) refusePlayer(f *frame) {
	s.player = true
	for _, v := range [...]value{f.errorCode, f.extra, f.code} {
		if n, verdict, _ := number.Whole(v.text); verdict != number.Nothing {
			s.refuse(n, result.PlayerObject)
		}
	}
}
