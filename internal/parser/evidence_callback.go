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

// whatNear finds what=N before or after the extra whose name begins at t[start]
// and whose value at t[end]: the nearest, on the extra's own line before another.
// Of two callbacks in a line, what lies between the fields decides.
func whatNear(t []byte, from, start, end int) (what int, found bool) {
	best := 0
	for end < len(t) && (isDigit(t[end]) || t[end] == '-') {
		end++
	}
	for i, hi := max(from, start-nearby), min(len(t), end+nearby); i < hi; i++ {
		n := bytes.Index(t[i:hi], []byte("what"))
		if n < 0 {
			break
		}
		i += n
		v, after, ok := whatAt(t, from, i)
		if !ok {
			continue
		}
		far := max(start-after, i-end)
		if bytes.IndexByte(t[min(i, start):max(i, start)], '\n') >= 0 {
			far += nearby
		}
		if !found || far < best {
			what, found, best = v, true, far
		}
	}
	return what, found
}

// whatAt reads the number of the field what at t[i], and says where it ends.
func whatAt(t []byte, from, i int) (what, end int, ok bool) {
	if i > from && !beginsField(t[i-1]) && t[i-1] != '&' && t[i-1] != '?' && !escapedSpace(t[from:i]) {
		return 0, 0, false
	}
	k, ok := separator(t, i+len("what"))
	if !ok {
		return 0, 0, false
	}
	if k < len(t) && t[k] == '+' {
		k++
	}
	v, size := leadingInt(t[k:])
	return v, k + size, size > 0
}
