package privacy

import (
	"bytes"
	"slices"
)

// licenceSegments are the path segments of the licence servers; the one before
// them names the tenant.
var licenceSegments = []string{"wvls", "prls", "fpls", "tkls", "ssm"}

// ofPersons are path segments, private names aside, that a person's follows.
var ofPersons = []string{"home", "users", "accounts", "profiles", "households", "customers", "devices", "sessions", "tokens", "u", "by", "contracts", "tickets"}

// path decides on the URL or path from lo to hi, segment by segment, and reports
// whether it is one.
func (r *redactor) path(lo, hi int) bool {
	w := r.b[lo:hi]
	at := 0
	if n := bytes.Index(w, []byte("://")); n > 0 {
		scheme := w[:n]
		if !isKnown(scheme) && !slices.Contains([]string{"http", "https", "ws", "wss", "rtsp", "rtmp"}, string(scheme)) {
			return false
		}
		r.allow(lo, lo+n+3)
		at = r.host(lo, lo+n+3, hi) - lo
	} else if w[0] != '/' {
		return false
	}
	segments := bytes.Split(w[at:], []byte("/"))
	pos, hide := lo+at, false
	for i, s := range segments {
		tenant := i == 1 && len(segments) > 2 && slices.Contains(licenceSegments, string(segments[2])) && isTenant(s) && LabelValue(s)
		if len(s) == 0 || !hide && (tenant || isPlainSegment(s)) || r.isEvidence(pos, pos+len(s)) {
			r.allow(pos, pos+len(s))
		}
		if len(s) > 0 {
			k := nameOf(s)
			hide = k.whole && k.private || slices.Contains(ofPersons, string(s))
		}
		if pos += len(s); pos < hi {
			r.allow(pos, pos+1)
		}
		pos++
	}
	return true
}

// isPlainSegment reports whether a path segment is a known word without a number,
// or a version.
func isPlainSegment(s []byte) bool {
	return slices.Contains(licenceSegments, string(s)) || harmless(s) && !bytes.ContainsAny(s, "0123456789") ||
		versionForm.Match(s) && s[0] == 'v' && isDigit(s[1])
}

// host decides on the authority of a URL from lo on and returns its end: user and
// password are hidden, and the labels of the host that are no known words.
func (r *redactor) host(lo, at, hi int) int {
	end := hi
	if n := bytes.IndexByte(r.b[at:hi], '/'); n >= 0 {
		end = at + n
	}
	if n := bytes.LastIndexByte(r.b[at:hi], '@'); n >= 0 { // a password may hold slashes
		if at += n; at > end {
			end = hi
			if n := bytes.IndexByte(r.b[at:hi], '/'); n >= 0 {
				end = at + n
			}
		}
		r.allow(at, at+1)
		at++
	}
	name, _, _ := bytes.Cut(r.b[at:end], []byte(":"))
	if _, ok := literal(r.b[at:end]); ok {
		return end
	}
	if _, ok := literal(name); ok {
		return end
	}
	pos := at
	for label := range bytes.SplitSeq(name, []byte(".")) {
		if harmless(label) && !nameOf(label).private {
			r.allow(pos, pos+len(label))
		}
		if pos += len(label); pos < at+len(name) {
			r.allow(pos, pos+1)
		}
		pos++
	}
	if port := r.b[at+len(name) : end]; len(port) > 1 && len(port) <= 6 && isDigits(port[1:]) {
		r.allow(at+len(name), end)
	}
	return end
}
