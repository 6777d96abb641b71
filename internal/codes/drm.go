package codes

import "fmt"

// DRM names the licence server that a code comes from: the same number means
// different things to different servers. The zero value names none.
type DRM uint8

// The licence servers of one SSP installation.
const (
	Unknown DRM = iota
	Widevine
	PlayReady
	FairPlay
	TVKey
	SSM // secure session management: not a licence server, but it refuses plays with codes of its own
	PRM
	numDRM
)

// NumDRM is the number of DRM values, Unknown included: the length of an array
// indexed by DRM.
const NumDRM = int(numDRM)

var drmNames = [NumDRM]string{"unknown", "widevine", "playready", "fairplay", "tvkey", "ssm", "prm"}

// String returns the value of the label "drm".
func (d DRM) String() string {
	if int(d) >= NumDRM {
		return drmNames[Unknown]
	}
	return drmNames[d]
}

// ParseDRM is the inverse of String; "unknown" is not accepted.
func ParseDRM(s string) (DRM, error) {
	for d := Widevine; d < numDRM; d++ {
		if drmNames[d] == s {
			return d, nil
		}
	}
	return Unknown, fmt.Errorf("unknown drm %q: one of widevine, playready, fairplay, tvkey, ssm, prm", s)
}

// MarshalText implements encoding.TextMarshaler.
func (d DRM) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *DRM) UnmarshalText(b []byte) error {
	v, err := ParseDRM(string(b))
	if err == nil {
		*d = v
	}
	return err
}
