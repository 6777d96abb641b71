package privacy

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
)

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	macForm      = regexp.MustCompile(`^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$|^[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}$`)
	ipv4Form     = regexp.MustCompile(`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`)
	numberForm   = regexp.MustCompile(`^[-+]?\d+(\.\d+)?$`)
	durationForm = regexp.MustCompile(`^(\d{1,6}(\.\d{1,9})?(ns|us|ms|s|sec|min|kb|mb|gb|kB|KB|MB|GB|%))$|^(\d{1,2}h)?(\d{1,2}m)(\d{1,2}(\.\d{1,9})?s)$`)
	versionForm  = regexp.MustCompile(`^[a-zA-Z]+[/v]\d{1,2}(\.\d{1,3}){0,2}$|^v\d{1,2}(\.\d{1,3}){0,2}$`)
	sourceForm   = regexp.MustCompile(`^[\w.$]+\.(java|kt|go|js|mjs|ts|tsx|py|rb|php|cs|c|cc|cpp|m|swift|scala|rs):\d{1,5}(:\d{1,5})?$`)
	releaseForm  = regexp.MustCompile(`^\d{1,4}(\.\d{1,4}){1,2}$`)
	tenantForm   = regexp.MustCompile(`^(?:[A-Z][A-Z0-9]{0,11}|[A-Za-z]{1,12})(?:[-_](?:[A-Z0-9]{1,6}|[A-Za-z]{1,8}))?$`)
)

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// isDelimiter reports whether c ends a word.
func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', '|', '&', '?', '#', '=':
		return true
	}
	return false
}

// trails reports whether c at the end of a word is punctuation.
func trails(c byte) bool {
	return c == '.' || c == ':' || c == '!' || c == '-' || c == '/' || c == '*' || c == '%'
}

func isUUID(w []byte) bool { return uuidForm.Match(w) }

func isNumber(w []byte) bool { return numberForm.Match(w) }

func isTenant(w []byte) bool { return tenantForm.Match(w) }

// literal returns the kind of a value that its form gives away.
func literal(w []byte) (kind string, ok bool) {
	w = bytes.Trim(w, "[]()<>,;:=\"'")
	if len(w) == 0 {
		return "", false
	}
	switch {
	case bytes.IndexByte(w, '@') > 0:
		return "[email]", true
	case ipv4Form.Match(w), isIPv6(w):
		return "[ip]", true
	case macForm.Match(w), isUUID(w):
		return "[id]", true
	case bytes.IndexByte(w, ' ') < 0 && !bytes.ContainsFunc(w, func(r rune) bool { return !(r >= '0' && r <= '9' || r == '.' || r == '-' || r == '+' || r == ',') }):
		return "[number]", true
	}
	return "", false
}

// isAddress reports whether the colons of w are those of an address or a time.
func isAddress(w []byte) bool { return isIPv6(w) || macForm.Match(w) || isDigit(w[0]) }

func isIPv6(w []byte) bool {
	if bytes.Count(w, []byte(":")) < 2 {
		return false
	}
	host, _, _ := bytes.Cut(w, []byte("/"))
	host, _, _ = bytes.Cut(host, []byte("%"))
	_, err := netip.ParseAddr(string(host))
	return err == nil
}

// marker returns what is shown for the hidden w.
func marker(w []byte) string {
	w = bytes.TrimSpace(w)
	if kind, ok := literal(w); ok && bytes.IndexByte(w, ' ') < 0 {
		return kind
	}
	letters, digits, blanks := 0, 0, 0
	for _, c := range w {
		switch {
		case isDigit(c):
			digits++
		case isSpace(c):
			blanks++
		case isWord(c):
			letters++
		}
	}
	switch {
	case letters > 0 && digits == 0 && letters+blanks > len(w)-4:
		return "[text]"
	case letters == 0 && digits > 0:
		return "[number]"
	case blanks == 0 && letters > 0 && digits > 0:
		return "[id]"
	}
	return "[...]"
}

// harmless reports whether w, which holds no blank, consists of known words.
func harmless(w []byte) bool {
	switch {
	case isKnown(w), durationForm.Match(w):
		return true
	case versionForm.Match(w):
		return isKnown(bytes.TrimRight(w, "0123456789./v")) || w[0] == 'v' && !isUpper(w[0]) && isDigit(w[1])
	case sourceForm.Match(w):
		w = w[:bytes.IndexByte(w, ':')]
	}
	known, single, numbers, counted, private := false, 0, 0, false, false
	for len(w) > 0 {
		n := bytes.IndexAny(w, "_-./:$'")
		part := w
		if n >= 0 {
			part, w = w[:n], w[n+1:]
		} else {
			w = nil
		}
		switch {
		case len(part) == 0:
		case isKnown(part):
			known, counted = true, counted || slices.Contains(ofNumbers, lower(part))
			private = private || nameOf(part).private
		case len(part) == 1 && isWord(part[0]) && !isDigit(part[0]) && part[0] != other && single < 3:
			single++
		case isDigits(part) && known && !private && (len(part) <= 2 || len(part) <= 4 && counted) && numbers < 2:
			numbers++
		default:
			return false
		}
	}
	return known
}

func isDigits(w []byte) bool {
	return len(w) > 0 && !bytes.ContainsFunc(w, func(r rune) bool { return r < '0' || r > '9' })
}

// statuses are those of HTTP that logs show without a name.
var statuses = []int{200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 416, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 511}

// before are words of prose that a small number may follow.
var before = []string{"of", "after", "in", "than", "for", "every", "within", "to"}

// maxCodeDigits is how many digits a code that is shown may have: a code of six digits
// is what a person types in.
const maxCodeDigits = 5

// maxDigits is how many digits a number that is shown may have.
const maxDigits = 6

// numberFits reports whether the number from lo to hi may be shown: it is the
// value of k, or follows the word last, or is followed by a unit.
func (r *redactor) numberFits(lo, hi, limit int, last string, gone int, k name) bool {
	w := bytes.TrimLeft(r.b[lo:hi], "+-")
	whole, fraction, _ := bytes.Cut(w, []byte("."))
	switch {
	case k.time && isEpoch(w):
		return true
	case int(r.group[lo]) > hi || len(whole) > maxDigits || len(fraction) > 9:
		return false
	case k.numeric:
		return !k.code || len(whole) <= maxCodeDigits
	case k.whole:
		return false
	case r.statusAfterProtocol(lo), r.inBrackets(lo, hi, limit):
		return true
	case slices.Contains(ofNumbers, last) && gone > 2, unit(r.b[hi:limit]) && gone > 0:
		return true
	case hi-lo == 3 && gone > 2:
		n, err := strconv.Atoi(string(whole))
		return err == nil && slices.Contains(statuses, n)
	}
	return len(whole) <= 2 && len(fraction) == 0 && gone > 5 && slices.Contains(before, last)
}

// inBrackets reports whether a number is a process id, ssm[4006]:, or the
// priority of a syslog message.
func (r *redactor) inBrackets(lo, hi, limit int) bool {
	if lo == 0 || hi+1 >= limit {
		return false
	}
	pid := r.b[lo-1] == '[' && r.b[hi] == ']' && r.b[hi+1] == ':' && lo > 1 && isWord(r.b[lo-2]) && r.show[lo-2] && hi-lo <= 5
	return pid || lo == 1 && r.b[0] == '<' && r.b[hi] == '>' && hi-lo <= 3
}

var protocolBefore = regexp.MustCompile(`HTTP/\d(\.\d)?["']? $`)

var units = []string{"ms", "s", "us", "ns", "sec", "secs", "second", "seconds", "millis", "milliseconds", "min", "minutes", "hours", "bytes", "byte", "KB", "MB", "GB", "kB", "retries", "attempts", "times", "requests",
	"sessions", "lines"}

// unit reports whether rest begins with a unit.
func unit(rest []byte) bool {
	if len(rest) > 0 && rest[0] == '%' {
		return true
	}
	rest = bytes.TrimPrefix(rest, []byte(" "))
	n := 0
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	return slices.Contains(units, string(rest[:n]))
}

func (r *redactor) isEvidence(lo, hi int) bool {
	w := bytes.TrimLeft(r.b[lo:hi], "-+:_")
	if len(r.evidence) == 0 || !bytes.Equal(w, r.evidence) {
		return r.attached(lo, hi)
	}
	return int(r.group[hi-1]) <= hi || bytes.IndexByte(r.b[hi:r.group[hi-1]], ',') >= 0 || r.b[max(0, lo-1)] == ','
}

// attached reports whether w is the evidence with a word that it is attached to,
// such as drm_4002 or 4002:1.
func (r *redactor) attached(lo, hi int) bool {
	w := r.b[lo:hi]
	n := bytes.Index(w, r.evidence)
	if len(r.evidence) == 0 || n < 0 {
		return false
	}
	rest := slices.Concat(w[:n], w[n+len(r.evidence):])
	return len(rest) <= 2 && !bytes.ContainsFunc(rest, func(c rune) bool { return c > 0x7f || isDigit(byte(c)) && len(rest) > 2 }) ||
		n > 0 && (w[n-1] == '_' || w[n-1] == ':' || w[n-1] == '-') && n+len(r.evidence) == len(w) && harmless(w[:n-1])
}

// evidenceField is a code with its name, also where all else is private.
var evidenceField = regexp.MustCompile(`(?i)\b(?:error_?code|extras?|extra_?code)["'\s]{0,2}[:=>\s]["'>\s]{0,3}(-?\d{4})\b`)

// keepEvidence shows the code in a private value.
func (r *redactor) keepEvidence(lo, hi int) {
	if len(r.evidence) == 0 || lo >= hi {
		return
	}
	for _, m := range evidenceField.FindAllSubmatchIndex(r.b[lo:hi], -1) {
		if bytes.Equal(bytes.TrimLeft(r.b[lo+m[2]:lo+m[3]], "-"), r.evidence) {
			r.allow(lo+m[0], lo+m[1])
		}
	}
}
