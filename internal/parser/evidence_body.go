package parser

// The server's body: an object with errorCode, or what is left of one whose end
// was cut off. Others write errorCode too; the signs in the object and around it
// say who did.

// close reads a finished object, whose text is object.
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
	v, named := f.errorCode, false
	if !f.hasError {
		if !f.hasNamed {
			return
		}
		v, named = f.named, true
	}
	n, is, why := wholeCode(v.text)
	if is == refused && isFloatCode(v.text) {
		n, _ = leadingInt(v.text)
		is, named = isCode, true
	}
	switch {
	case is == nothing || is == refused && named:
	case is == refused:
		s.refuse(n, why)
	default:
		c := candidate{code: n, evidence: ServerBody, path: s.lastPath, named: named, level: f.level, weight: s.weigh(object, n)}
		s.add(c)
	}
}

// maxAround is how many objects around a number are asked whose it is, and its own.
const maxAround = 2

// signsAround lays the signs of the object f upon what was found inside it, other
// than its own number and what a server's answer holds.
func (s *scan) signsAround(f *frame, object []byte) {
	asked, player, spoken := false, f.player, false
	for i := f.first; i < len(s.candidates); i++ {
		c := &s.candidates[i]
		if c.evidence != ServerBody || c.weight.strong() || c.sealed || c.weight.con != noSign || c.around > maxAround {
			continue
		}
		if c.around++; c.around == 1 {
			continue // its own object
		}
		if !asked && !player {
			w := s.weigh(object, 0)
			asked, player, spoken = true, w.con == signPlayerWord, w.spoken
		}
		if player && !(spoken && c.level > f.level) { // what a text holds, the message beside it did not write
			c.weight.add(signPlayerAround)
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
	n, is, _ := wholeCode(v.text)
	if is == refused && isFloatCode(v.text) {
		n, _ = leadingInt(v.text)
		is = isCode
	}
	if is == isCode {
		c := candidate{code: n, evidence: BareText, path: s.lastPath, named: !f.hasError}
		if w := s.weighScope(scopeAround(t, start, start+1), n); w.strong() && w.sum >= 0 {
			c.evidence, c.weight = ServerWords, w
		}
		s.add(c)
	}
	s.signsAround(f, t[start:end])
	s.closeExtra(f, t[start:end])
}

func (s *scan) refusePlayer(f *frame) {
	s.player = true
	for _, v := range [...]value{f.errorCode, f.extra, f.code} {
		if n, verdict, _ := wholeCode(v.text); verdict != nothing {
			s.refuse(n, PlayerObject)
		}
	}
}
