package evaluate

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// The server's body: an object with errorCode, or what is left of one that was cut
// off. Others write errorCode too; the signs in the object and around it show who
// did.

// close reads a finished object with its text.
func (s *Evaluator) close(f *frame, object []byte) {
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
func (s *Evaluator) readBody(f *frame, object []byte) {
	v, named := f.errorCode, f.typed
	if !f.hasError {
		if !f.hasNamed {
			return
		}
		v, named = f.named, true
	}
	n, is, why := number.Whole(v.text)
	if is != number.IsCode {
		if m, ok := number.Printed(v.text); ok {
			n, is, named = m, number.IsCode, true
		}
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

// openAnswer is a server's answer that has not ended.
type openAnswer struct {
	first int // candidates before it
	under fieldnames.Field
}

// seal keeps the candidates that a server's answer holds from the signs of a player in the
// objects around it; those of a licence server's, from all signs.
func (s *candidates) seal(a openAnswer) {
	for i := a.first; i < len(s.list); i++ {
		c := &s.list[i]
		c.sealed, c.licence = true, c.licence || a.under == fieldnames.Licence
	}
}

// signBefore lays the sign in the text before an object upon the candidates in it, from
// first on: of a player's type, or of another service's name in a text that a string holds.
// Before the record's own objects all of them have the same.
func (s *candidates) signBefore(first int, text []byte, level int8) {
	found, asked := signs.NoSign, false
	for i := first; i < len(s.list); i++ {
		c := &s.list[i]
		if c.evidence != result.ServerBody || c.weight.Strong() || c.sealed || c.weight.Con != signs.NoSign || c.around > maxAround {
			continue
		}
		if !asked {
			asked = true
			if signs.PrintedByPlayer(text) {
				found = signs.SignPlayerAround
			} else if level > 0 && signs.PrintedByOther(text) {
				found = signs.SignOtherSystem
			}
		}
		c.weight.Add(found)
	}
}

// signsAround lays the signs of the object f upon what was found inside it, other
// than its own number and what a server's answer holds.
func (s *Evaluator) signsAround(f *frame, object []byte) {
	asked, player, spoken, other := false, f.player, false, unasked
	for i := f.first; i < len(s.list); i++ {
		c := &s.list[i]
		if c.evidence != result.ServerBody || c.weight.Strong() || c.licence || c.weight.Con != signs.NoSign || c.around > maxAround {
			continue
		}
		if c.around++; c.around == 1 {
			continue // its own object
		}
		if other == unasked {
			if other = no; signs.NamesOther(object) {
				other = yes
			}
		}
		if other == yes {
			c.weight.Add(signs.SignOtherSystem)
			continue
		}
		if c.sealed {
			continue
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

// end reads the object that ends: a whole one, one that is cut after what a body has,
// or what is left of one.
func (s *Evaluator) end(k *tape.Token) {
	f := &s.frames[len(s.frames)-1]
	if k.Flags&(tape.Cut|tape.Broken) == 0 || k.Flags&tape.Cut != 0 && f.hasText {
		s.close(f, k.Text)
	} else {
		s.abandon(f, k.Text, int(k.Num))
	}
	s.closed, s.ended = f.first, k.Text
	s.frames = s.frames[:len(s.frames)-1]
}

// abandon gives up an object that turned out to be none, or that breaks off
// before it has shown what it is: t[:end] was read.
func (s *Evaluator) abandon(f *frame, t []byte, end int) {
	if f.player {
		s.refusePlayer(f)
		return
	}
	v := f.errorCode
	if !f.hasError {
		v = f.named
	}
	n, is, _ := number.Whole(v.text)
	if is != number.IsCode {
		if m, ok := number.Printed(v.text); ok {
			n, is = m, number.IsCode
		}
	}
	if is == number.IsCode {
		c := candidate{code: n, evidence: result.BareText, path: s.lastPath, named: !f.hasError}
		if s.signs.WordsNear(t, 0, 1, n) {
			if w := s.signs.WeighScope(signs.ScopeAround(t, 0, 1), n); w.Strong() && w.Sum >= 0 {
				c.evidence, c.weight = result.ServerWords, w
			}
		}
		s.add(c)
	}
	if s.words && is != number.IsCode && bytes.Contains(t[:end], []byte(fieldnames.ServerStatus)) {
		s.names.Reset()
		s.signs.NamedCodes(t, 0, 1, &s.names, func(code int, w signs.Weight) {
			s.add(candidate{code: code, evidence: result.ServerWords, path: s.lastPath, weight: w})
		})
	}
	s.signsAround(f, t[:end])
	s.closeExtra(f, t[:end])
}

func (s *Evaluator) refusePlayer(f *frame) {
	s.player = true
	for _, v := range [...]value{f.errorCode, f.extra, f.code} {
		if n, verdict, _ := number.Whole(v.text); verdict != number.Nothing {
			s.refuse(n, result.PlayerObject)
		}
	}
}
