package evaluate

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// insideExtra passes the code in an extra that is an object to the object around it:
// the what of that code may be next to the extra.
type insideExtra struct {
	wanted, has bool
	code        value
}

// take gives the frame around an extra what was found in it.
func (f *frame) take(x insideExtra) {
	if x.has {
		f.hasExtra, f.inExtra, f.extra = true, true, x.code
	}
}

// closeExtra reads the extra of a finished object.
func (s *Evaluator) closeExtra(f *frame, object []byte) {
	if f.hasExtra {
		e, sp := result.ExtraField, signs.Unsaid
		if f.hasWhat {
			e, sp = result.Callback, s.options.Whats.Speaker(f.what)
		}
		if (e == result.ExtraField || !s.options.Whats.IsServer(f.what)) && lex.AnyIn(object, signs.FrameworkConstants) {
			sp = signs.Framework
		}
		first := len(s.list)
		if s.read(f.extra, e, sp); e == result.ExtraField && len(s.list) > first {
			s.list[first].weight.Add(signOfExtra(f, object))
		}
	}
	if f.under == fieldnames.Extra && f.hasCode {
		if n, is, _ := number.Whole(f.code.text); is == number.IsCode && (s.signs.Weigh(object, n).Con != signs.NoSign || signs.ClosesSocket(object)) {
			s.refuse(n, result.PlayerObject)
			return
		}
		if s.inside.wanted { // its what may be next to the object
			s.inside.has, s.inside.code = true, f.code
			return
		}
		s.read(f.code, result.ExtraField, signs.Unsaid)
	}
}

// signOfExtra returns the sign against an extra that its object holds, if any.
func signOfExtra(f *frame, object []byte) signs.Sign {
	switch {
	case f.inExtra && signs.IsErrorReport(object):
		return signs.SignPlayerWord
	case signs.CountsCodes(object):
		return signs.SignAbout
	}
	return signs.NoSign
}
