package lex

import (
	"bytes"
)

// EndOfURL returns where the URL that holds t[i] ends.
func EndOfURL(t []byte, i int) int {
	for i < len(t) && InURL(t[i]) {
		i++
	}
	return i
}

// IsMedia reports whether a path is that of content, by its ending.
func IsMedia(path []byte) bool {
	switch string(path[bytes.LastIndexByte(path, '.')+1:]) {
	case "mpd", "m3u8", "mp4", "m4s", "m4a", "m4v", "cmfv", "cmfa", "ism", "isml", "Manifest", "vtt", "webm":
		return true
	}
	return false
}

// IsFile reports whether a path is a file's, which may hold a server's name, and not a URL's.
func IsFile(path []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimPrefix(path, []byte{'/'}), []byte{'/'})
	if IsRoot(first) {
		return true
	}
	last := path[bytes.LastIndexByte(path, '/')+1:]
	if i := bytes.IndexByte(last, ':'); i >= 0 {
		last = last[:i] // of a line
	}
	switch string(last[bytes.LastIndexByte(last, '.')+1:]) {
	case "log", "js", "ts", "mjs", "cjs", "jsx", "tsx", "py", "rb", "go", "java", "kt", "php", "rs", "swift", "so", "jar", "conf", "yaml", "yml":
		return len(last) > 4
	}
	return false
}

// PathOf cuts scheme, host and query off a URL.
func PathOf(url []byte) []byte {
	if i := bytes.IndexByte(url, '?'); i >= 0 {
		url = url[:i]
	}
	if i := bytes.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	if len(url) > 1 && url[0] == '/' && url[1] != '/' {
		return url
	}
	host := -1
	for i := 0; i+1 < len(url); i++ {
		if url[i] == '/' && url[i+1] == '/' { // scheme and host, or host alone
			host = i + 2
			break
		}
		if url[i] == '\\' && i+3 < len(url) && string(url[i:i+4]) == `\/\/` {
			host = i + 4
			break
		}
	}
	if host < 0 {
		return url
	}
	if i := bytes.IndexByte(url[host:], '/'); i >= 0 {
		return url[host+i:]
	}
	return nil
}

// InURL reports whether c may occur in a URL as logs print it; a backslash is
// the escape of a slash.
func InURL(c byte) bool {
	if c < 64 {
		return notInURL0>>c&1 == 0
	}
	return c >= 128 || notInURL64>>(c-64)&1 == 0
}

// The bytes below 64, and from there to 127, that end a URL.
const (
	notInURL0  uint64 = 1<<33 - 1 | 1<<'"' | 1<<'\'' | 1<<'(' | 1<<')' | 1<<'<' | 1<<'>' | 1<<',' | 1<<';'
	notInURL64 uint64 = 1<<('['-64) | 1<<(']'-64) | 1<<('{'-64) | 1<<('}'-64) | 1<<('|'-64) | 1<<('`'-64)
)

// IsRoot reports whether a path that begins with the segment is a file's.
func IsRoot(segment []byte) bool {
	switch string(segment) {
	case "var", "srv", "usr", "home", "opt", "etc", "tmp", "mnt", "proc", "run", "root", "Users", "node_modules":
		return true
	}
	return false
}
