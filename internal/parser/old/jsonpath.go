package old

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// A path of the user's: members joined by dots; [2] or .2 an element of an
// array, [*] (or nothing) whichever has the rest of the path. It goes on through
// strings that hold JSON and base64 that does.

// plainPath writes a path's brackets and root as members.
func plainPath(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	return strings.NewReplacer("[*]", ".*", "[]", ".*", "[", ".", "]", "").Replace(path)
}

// field returns the scalar at the path in the record's first object, or nil.
func (s *scan) field(path string) []byte {
	i := bytes.IndexByte(s.raw, '{')
	if i < 0 {
		return nil
	}
	if strings.ContainsAny(path, "[$") {
		path = plainPath(path)
	}
	return s.follow(s.raw, i, path, 0)
}

func (s *scan) follow(t []byte, i int, path string, depth int) []byte {
	i = skipSpace(t, i)
	if i >= len(t) || depth > maxDepth {
		return nil
	}
	switch t[i] {
	case '{':
		return s.followMember(t, i+1, path, depth)
	case '[':
		return s.followElement(t, i+1, path, depth)
	case '"':
		end := closingQuote(t, i+1, '"')
		if end < 0 {
			return nil
		}
		text := t[i+1 : end]
		if bytes.IndexByte(text, '\\') >= 0 {
			start := len(s.arena)
			s.arena, _ = unescape(s.arena, text, 0)
			text = s.arena[start:len(s.arena):len(s.arena)]
		}
		if path == "" {
			return text
		}
		return s.follow(s.decodedJSON(text), 0, path, depth+1)
	}
	if end := scalarEnd(t, i); path == "" && end > i {
		return t[i:end]
	}
	return nil
}

// decodedJSON returns the JSON that a string holds, as it is or in base64.
func (s *scan) decodedJSON(text []byte) []byte {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] == '{' || text[0] == '[' || len(text) > maxBase64 {
		return text
	}
	run := bytes.TrimRight(text, "=")
	if !isBase64(run) {
		return nil
	}
	start := len(s.arena)
	s.arena = append(s.arena, run...)
	plain := s.arena[start:len(s.arena):len(s.arena)]
	n, _ := base64.RawStdEncoding.Decode(plain, standardAlphabet(plain))
	return plain[:n]
}

func (s *scan) followMember(t []byte, i int, path string, depth int) []byte {
	for {
		i = skipSpace(t, i)
		if i >= len(t) || t[i] == '}' {
			return nil
		}
		k, after := memberName(t, i)
		i = skipSpace(t, after)
		if after < 0 || i >= len(t) || t[i] != ':' {
			return nil
		}
		i = skipSpace(t, i+1)
		if i >= len(t) {
			return nil
		}
		// A key may itself hold dots.
		if path != "" && len(k) > 0 && len(path) >= len(k) && path[:len(k)] == string(k) && (len(path) == len(k) || path[len(k)] == '.') {
			if v := s.follow(t, i, strings.TrimPrefix(path[len(k):], "."), depth+1); v != nil {
				return v
			}
		}
		end := skipValue(t, i)
		if end < 0 {
			return nil
		}
		if i = skipSpace(t, end); i < len(t) && t[i] == ',' {
			i++
		}
	}
}

func (s *scan) followElement(t []byte, i int, path string, depth int) []byte {
	head, rest, _ := strings.Cut(path, ".")
	want, any := -1, path
	switch {
	case head == "*":
		any = rest
	case allDigits([]byte(head)):
		want = 0
		for _, c := range []byte(head) {
			want = min(want*10+int(c-'0'), 1<<20)
		}
		any = rest
	}
	for n := 0; ; n++ {
		i = skipSpace(t, i)
		if i >= len(t) || t[i] == ']' {
			return nil
		}
		if want < 0 || want == n {
			if v := s.follow(t, i, any, depth+1); v != nil || want == n {
				return v
			}
		}
		end := skipValue(t, i)
		if end < 0 {
			return nil
		}
		if i = skipSpace(t, end); i < len(t) && t[i] == ',' {
			i++
		}
	}
}

// skipValue returns the index after the value at t[i], or -1 where it breaks off.
func skipValue(t []byte, i int) int {
	for depth := 0; i < len(t); {
		switch t[i] {
		case '"':
			end := closingQuote(t, i+1, '"')
			if end < 0 {
				return -1
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
		if depth == 0 && (i >= len(t) || t[i-1] == '"' || t[i-1] == '}' || t[i-1] == ']') {
			return i
		}
	}
	return -1
}
