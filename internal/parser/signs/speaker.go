package signs

import "wvwatch/internal/codes"

// Speaker is who wrote a code, as far as the value of what shows.
type Speaker uint8

// The speakers by the value of what.
const (
	Unsaid Speaker = iota
	LicenceServer
	SessionServer
	Framework // the Android framework itself: no server's code
)

// UserSaid plus a DRM is a speaker whom the user named for a value of what.
const UserSaid Speaker = 16

// WhatValues names the server of the extra next to a value of what, for the user's values.
type WhatValues map[int]codes.DRM

// Speaker returns who wrote the extra next to what.
func (w WhatValues) Speaker(what int) Speaker {
	if d, ok := w[what]; ok {
		return UserSaid + Speaker(d)
	}
	switch {
	case what >= 0:
		return Framework
	case what <= -1352 && what >= -1354:
		return SessionServer
	}
	return LicenceServer
}

// IsServer reports whether what is a value of the licence servers' own.
func (w WhatValues) IsServer(what int) bool {
	_, named := w[what]
	return named || what <= -1300 && what > -1400
}
