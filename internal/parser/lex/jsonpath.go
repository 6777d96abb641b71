package lex

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// MaxBase64 bounds what is decoded of one run.
const MaxBase64 = 64 << 10

// MaxDepth bounds the nesting of one object.
const MaxDepth = 64

// A path of the user's: members joined by dots; [2] or .2 an element of an
// array, [*] (or nothing) whichever has the rest of the path. It goes on through
// strings that hold JSON and base64 that does.

// PlainPath writes a path's brackets and root as members.
func PlainPath(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	return strings.NewReplacer("[*]", ".*", "[]", ".*", "[", ".", "]", "").Replace(path)
}

// PathReader follows such paths. What it returns is borrowed until reset.
type PathReader struct {
	arena []byte // decoded strings
}

// Reset gives the memory back.
func (p *PathReader) Reset() { p.arena = p.arena[:0] }

// First returns the scalar at the path in the first object of t, or nil.
func (p *PathReader) First(t []byte, path string) []byte {
	i := bytes.IndexByte(t, '{')
	if i < 0 {
		return nil
	}
	if strings.ContainsAny(path, "[$") {
		path = PlainPath(path)
	}
	return p.follow(t, i, path, 0)
}

func (p *PathReader) follow(t []byte, i int, path string, depth int) []byte {
	i = SkipSpace(t, i)
	if i >= len(t) || depth > MaxDepth {
		return nil
	}
	switch t[i] {
	case '{':
		return p.followMember(t, i+1, path, depth)
	case '[':
		return p.followElement(t, i+1, path, depth)
	case '"':
		end := ClosingQuote(t, i+1, '"')
		if end < 0 {
			return nil
		}
		text := t[i+1 : end]
		if bytes.IndexByte(text, '\\') >= 0 {
			start := len(p.arena)
			p.arena, _ = Unescape(p.arena, text, 0)
			text = p.arena[start:len(p.arena):len(p.arena)]
		}
		if path == "" {
			return text
		}
		return p.follow(p.decodedJSON(text), 0, path, depth+1)
	}
	if end := ScalarEnd(t, i); path == "" && end > i {
		return t[i:end]
	}
	return nil
}

// decodedJSON returns the JSON that a string holds, as it is or in base64.
func (p *PathReader) decodedJSON(text []byte) []byte {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] == '{' || text[0] == '[' || len(text) > MaxBase64 {
		return text
	}
	run := bytes.TrimRight(text, "=")
	if !IsBase64(run) {
		return nil
	}
	start := len(p.arena)
	p.arena = append(p.arena, run...)
	plain := p.arena[start:len(p.arena):len(p.arena)]
	n, _ := base64.RawStdEncoding.Decode(plain, StandardAlphabet(plain))
	return plain[:n]
}

func (p *PathReader) followMember(t []byte, i int, path string, depth int) []byte {
	for {
		i = SkipSpace(t, i)
		if i >= len(t) || t[i] == '}' {
			return nil
		}
		k, after := MemberName(t, i)
		i = SkipSpace(t, after)
		if after < 0 || i >= len(t) || t[i] != ':' {
			return nil
		}
		i = SkipSpace(t, i+1)
		if i >= len(t) {
			return nil
		}
		// A key may itself hold dots.
		if path != "" && len(k) > 0 && len(path) >= len(k) && path[:len(k)] == string(k) && (len(path) == len(k) || path[len(k)] == '.') {
			if v := p.follow(t, i, strings.TrimPrefix(path[len(k):], "."), depth+1); v != nil {
				return v
			}
		}
		end := SkipValue(t, i)
		if end < 0 {
			return nil
		}
		if i = SkipSpace(t, end); i < len(t) && t[i] == ',' {
			i++
		}
	}
}

func (p *PathReader) followElement(t []byte, i int, path string, depth int) []byte {
	head, rest, _ := strings.Cut(path, ".")
	want, any := -1, path
	switch {
	case head == "*":
		any = rest
	case AllDigits([]byte(head)):
		want = 0
		for _, c := range []byte(head) {
			want = min(want*10+int(c-'0'), 1<<20)
		}
		any = rest
	}
	for n := 0; ; n++ {
		i = SkipSpace(t, i)
		if i >= len(t) || t[i] == ']' {
			return nil
		}
		if want < 0 || want == n {
			if v := p.follow(t, i, any, depth+1); v != nil || want == n {
				return v
			}
		}
		end := SkipValue(t, i)
		if end < 0 || end == i && t[i] != ',' { // a bracket that does not match
			return nil
		}
		if i = SkipSpace(t, end); i < len(t) && t[i] == ',' {
			i++
		}
	}
}

// maxObjects bounds how many objects of one record a label's path is followed
// through.
const maxObjects = 8

// ScalarOf returns the scalar at the path in the first of the record's objects
// that has one, or in the array that the record is.
func (p *PathReader) ScalarOf(t []byte, path string) []byte {
	if len(t) > 0 && t[0] == '[' {
		if v := p.follow(t, 0, path, 0); v != nil {
			return v
		}
	}
	for i, n := 0, 0; n < maxObjects; n++ {
		o := bytes.IndexByte(t[i:], '{')
		if o < 0 {
			return nil
		}
		i += o
		if v := p.follow(t, i, path, 0); v != nil {
			return v
		}
		i = max(SkipValue(t, i), i+1)
	}
	return nil
}
