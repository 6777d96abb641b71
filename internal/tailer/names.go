package tailer

import (
	"path/filepath"
	"strings"
)

// origins returns the names a file may have had while it was live, if path is
// what rotation makes of a name:
//
//	app.log.1  app.log-20261123  app.log.2.gz  app.log.old  0.log.20261123-101500
//	app-20261123.log  app-2026-11-23T10-15-00.000.log
//
// A short number before the extension (worker-1.log) is taken for a name of its
// own: only its content can tell.
func origins(path string) []string {
	dir, name := filepath.Split(path)
	var found []string
	if unpacked := withoutCompression(name); unpacked != name {
		name = unpacked
		found = append(found, dir+name)
	}
	for _, stem := range withoutTail(name, 1) {
		found = append(found, dir+stem)
	}
	if ext := filepath.Ext(name); ext != "" && !startsDigit(ext[1:]) {
		for _, stem := range withoutTail(strings.TrimSuffix(name, ext), 8) {
			found = append(found, dir+stem+ext)
		}
	}
	return found
}

// cousins returns origins of path, and the names it may be a copy of though it
// was not made by rotation: app.log-x or app.log.save of app.log.
func cousins(path string) []string {
	found := origins(path)
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

// rotatedFrom reports whether path is what rotation may make of live.
func rotatedFrom(live, path string) bool {
	for _, o := range origins(path) {
		if o == live {
			return true
		}
	}
	return false
}

// number returns N of live.N, live-N.gz and the like; -1 for another name.
func number(live, path string) int {
	tail, ok := strings.CutPrefix(withoutCompression(filepath.Base(path)), filepath.Base(live))
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
