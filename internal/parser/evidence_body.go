package parser

// The server's body: an object with errorCode, or what is left of one whose end
// was cut off. A player writes errorCode too; its objects are known by their keys.
func (s *scan) close(f *frame) {
	if f.player {
		s.refusePlayer(f)
		return
	}
	if f.hasError {
		s.read(f.errorCode, ServerBody, unsaid)
	}
	s.closeExtra(f)
}

// abandon gives up an object that turned out to be none, or that breaks off
// before it has shown what it is.
func (s *scan) abandon(f *frame) {
	if f.player {
		s.refusePlayer(f)
		return
	}
	if f.hasError {
		if n, v, _ := wholeCode(f.errorCode.text); v == isCode {
			s.candidate(n, BareText, unsaid)
		}
	}
	s.closeExtra(f)
}

func (s *scan) refusePlayer(f *frame) {
	s.player = true
	for _, v := range [...]value{f.errorCode, f.extra, f.code} {
		if n, verdict, _ := wholeCode(v.text); verdict != nothing {
			s.refuse(n, PlayerObject)
		}
	}
}
