package parser

import "bytes"

// The Android callback onError(mp, what, extra): what says whose extra it is.

// speaker is who wrote a code, as far as what says.
type speaker uint8

const (
	unsaid speaker = iota
	licenceServer
	sessionServer
	framework // the Android framework itself: no server's code
)

// userSaid plus a DRM is a speaker whom the user named for a value of what.
const userSaid speaker = 16

func (s *scan) speakerOf(what int) speaker {
	if d, ok := s.p.format.whats[what]; ok {
		return userSaid + speaker(d)
	}
	switch {
	case what >= 0:
		return framework
	case what <= -1352 && what >= -1354:
		return sessionServer
	}
	return licenceServer
}

// nearby is how far apart the callback's two numbers may stand in text.
const nearby = 80

// whatNear finds what=N within the same line, before or after the extra at t[start:end].
func whatNear(t []byte, from, start, end int) (int, bool) {
	lo, hi := max(from, start-nearby), min(len(t), end+nearby)
	for i := lo; i < hi; {
		n := bytes.Index(t[i:hi], []byte("what"))
		if n < 0 {
			return 0, false
		}
		i += n
		if i == from || beginsField(t[i-1]) {
			if k, ok := separator(t, i+len("what")); ok {
				if v, size := leadingInt(t[k:]); size > 0 && bytes.IndexByte(t[min(i, start):max(i, start)], '\n') < 0 {
					return v, true
				}
			}
		}
		i++
	}
	return 0, false
}
