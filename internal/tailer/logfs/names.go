package logfs

import (
	"path/filepath"
	"slices"
	"strings"
)

// Origins returns the names a file may have had while it was live, if path is
// what rotation makes of a name:
//
//	app.log.1  app.log-20261123  app.log.2.gz  app.log.old  0.log.20261123-101500
//	app-20261123.log  app-2026-11-23T10-15-00.000.log
//
// A short number before the extension (worker-1.log) is taken for a name of its
// own: only its content decides.
func Origins(path string) []string {
	dir, name := filepath.Split(path)
	var found []string
	if unpacked := unpackedName(name); unpacked != name {
		name = unpacked
		found = append(found, dir+name)
	}
	if timeName(name) { // of a rotator that calls the live file current: multilog, s6-log, svlogd
		found = append(found, dir+liveName)
		if ext := filepath.Ext(name); len(ext) > 2 {
			found = append(found, dir+liveName+ext)
		}
	}
	for _, stem := range withoutTail(name, 1) {
		found = append(found, dir+stem)
	}
	if ext := filepath.Ext(name); ext != "" && !startsDigit(ext[1:]) {
		for _, stem := range withoutTail(strings.TrimSuffix(name, ext), 8) {
			found = append(found, dir+stem+ext)
			if stem == liveName {
				found = append(found, dir+stem)
			}
		}
	}
	return found
}

// liveName is the name of a live file where the rotated ones have nothing but a
// time for a name.
const liveName = "current"

// timeName reports whether name is a time that sorts: a TAI64N label, as in
// @400000006a2b3c4d12345678.s, or at least a date in digits.
func timeName(name string) bool {
	name = strings.TrimSuffix(name, filepath.Ext(name))
	if label, ok := strings.CutPrefix(name, "@"); ok {
		return len(label) == 24 && strings.Trim(label, "0123456789abcdef") == ""
	}
	digits := 0
	for _, c := range name {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case !strings.ContainsRune("-_.:TZ+", c):
			return false
		}
	}
	return digits >= 8
}

// Shape returns name with each run of digits replaced by one #: what a rotator
// that counts or writes the time gives all its files in common.
func Shape(name string) string {
	shape := make([]byte, 0, len(name))
	for i := range len(name) {
		switch digit := '0' <= name[i] && name[i] <= '9'; {
		case !digit:
			shape = append(shape, name[i])
		case len(shape) == 0 || shape[len(shape)-1] != '#':
			shape = append(shape, '#')
		}
	}
	return string(shape)
}

// timed reports whether name has as many digits as a date.
func timed(name string) bool {
	digits := 0
	for _, c := range name {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	return digits >= 8
}

// origins returns Origins of path, and the names it may be a copy of though it
// was not made by rotation: app.log-x or app.log.save of app.log.
func origins(path string) []string {
	found := Origins(path)
	dir, name := filepath.Split(path)
	for i := range name {
		if strings.ContainsRune(".-_~", rune(name[i])) {
			if ext := filepath.Ext(name[:i]); len(ext) > 2 && !startsDigit(ext[1:]) && len(ext) < i {
				found = append(found, dir+name[:i])
			}
		}
	}
	return found
}

// withoutTail returns name without each tail that looks like a number or a time
// of at least digits digits, or like a word for an old file.
func withoutTail(name string, digits int) []string {
	var found []string
	n := 0
	for i := len(name) - 1; i > 0; i-- {
		switch c := name[i]; {
		case '0' <= c && c <= '9':
			n++
			continue
		case c == '.' || c == '-' || c == '_':
			if startsDigit(name[i+1:]) && n >= digits {
				found = append(found, name[:i])
			}
			continue
		case c == 'T' || c == 'Z' || c == ':' || c == '+':
			continue
		}
		break
	}
	if digits == 1 {
		for _, word := range []string{"old", "bak", "prev", "orig", "backup"} {
			if stem, ok := strings.CutSuffix(name, word); ok && len(stem) > 1 && strings.ContainsRune(".-_", rune(stem[len(stem)-1])) {
				found = append(found, stem[:len(stem)-1])
			}
		}
	}
	return found
}

func startsDigit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }

// RotatedFrom reports whether path is what rotation may make of live.
func RotatedFrom(live, path string) bool {
	return slices.Contains(Origins(path), live)
}

// number returns N of live.N, live-N.gz and the like; -1 for another name.
func number(live, path string) int {
	tail, ok := strings.CutPrefix(unpackedName(filepath.Base(path)), filepath.Base(live))
	if !ok || len(tail) < 2 || len(tail) > 6 {
		return -1
	}
	n := 0
	for _, c := range tail[1:] {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
