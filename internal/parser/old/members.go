package old

import "bytes"

// memberReader walks through the own members of one object, or of a list of pairs as
// OpenTelemetry writes objects: [{"key":"errorCode","value":{"intValue":"4025"}}].
type memberReader struct {
	text   []byte
	at     int
	pairs  bool
	name   []byte
	key    key
	value  []byte // of a string its content; of an object or array its text
	nested bool   // the value is an object or an array
}

func membersOf(object []byte) memberReader {
	return memberReader{text: object, at: 1, pairs: len(object) > 0 && object[0] == '['}
}

// next reads the next member; where the text is no object any more there is none.
func (m *memberReader) next() bool {
	t, i := m.text, skipSpace(m.text, m.at)
	for i < len(t) && t[i] == ',' {
		i = skipSpace(t, i+1)
	}
	if i >= len(t) || t[i] == '}' || t[i] == ']' {
		return false
	}
	if m.pairs {
		p, end := pairAt(t, i)
		if end < 0 {
			if end = skipValue(t, i); end < 0 {
				return false
			}
		}
		m.name, m.value, m.nested, m.at = p.name, p.value, p.nested, end
		m.key = memberKey(m.name)
		return true
	}
	name, after := memberName(t, i)
	i = skipSpace(t, after)
	if after < 0 || i >= len(t) || t[i] != ':' && t[i] != '=' {
		return false
	}
	if t[i] == '=' && i+1 < len(t) && t[i+1] == '>' {
		i++
	}
	i = skipSpace(t, i+1)
	if i >= len(t) {
		return false
	}
	end := skipValue(t, i)
	if end < 0 {
		end = len(t)
	}
	m.name, m.key, m.at = name, memberKey(name), end
	m.value, m.nested = content(t[i:end])
	return true
}

// content takes the quotes off a value and says whether it is nested.
func content(v []byte) ([]byte, bool) {
	if v = bytes.TrimRight(v, " \t\r\n"); len(v) == 0 {
		return v, false
	}
	switch v[0] {
	case '{', '[':
		return v, true
	case '"', '\'':
		if n := len(v); n > 1 && v[n-1] == v[0] {
			return v[1 : n-1], false
		}
		return v[1:], false
	}
	return v, false
}

// memberKey is keyOf for a name that may have a path before it: body.message.
func memberKey(name []byte) key {
	k := keyIn(keyOther, name)
	if k == keyOther && len(name) > 0 {
		if i := bytes.LastIndexByte(name, '.'); i >= 0 {
			switch k := keyOf(name[i+1:]); k {
			case keyMessage, keyStatus, keyCode:
				return k
			}
		}
		var low [8]byte
		if len(name) < len(low) && isUpper(name[0]) {
			switch k := keyOf(lower(low[:0], name)); k {
			case keyMessage, keyStatus, keyCode:
				return k
			}
		}
	}
	return k
}

// pair is one element of a list of pairs.
type pair struct {
	name   []byte
	value  []byte
	nested bool
	start  int // of the value
	quoted bool
}

// pairNames are what the name of a pair is called.
var pairNames = words("key", "name", "field", "Key", "Name", "k")

// pairAt reads a pair at t[i], and says where it ends; -1 where there is none.
func pairAt(t []byte, i int) (p pair, end int) {
	if i >= len(t) || t[i] != '{' {
		return p, -1
	}
	j := skipSpace(t, i+1)
	if j >= len(t) || t[j] != '"' {
		return p, -1
	}
	name, after := memberName(t, j)
	if after < 0 || !contains(pairNames, name) {
		return p, -1
	}
	if j = skipSpace(t, after); j >= len(t) || t[j] != ':' {
		return p, -1
	}
	if j = skipSpace(t, j+1); j >= len(t) || t[j] != '"' {
		return p, -1
	}
	close := closingQuote(t, j+1, '"')
	if close < 0 {
		return p, -1
	}
	p.name = t[j+1 : close]
	if j = skipSpace(t, close+1); j >= len(t) || t[j] != ',' {
		return p, -1
	}
	if j = skipSpace(t, j+1); j >= len(t) || t[j] != '"' {
		return p, -1
	}
	second, after := memberName(t, j)
	if after < 0 || len(second) == 0 || second[0]|0x20 != 'v' {
		return p, -1
	}
	if j = skipSpace(t, after); j >= len(t) || t[j] != ':' {
		return p, -1
	}
	j = skipSpace(t, j+1)
	if end = skipValue(t, i); end < 0 || j >= end {
		return p, -1
	}
	p.start = j
	if t[j] == '{' { // {"stringValue":"..."}
		object := t[j:end]
		for m := membersOf(object); m.next(); {
			if isTypedValue(m.name) {
				p.start = j + cap(object) - cap(m.value)
				p.value, p.nested = m.value, m.nested
				if p.quoted = t[p.start-1] == '"'; p.quoted {
					p.start--
				}
				return p, end
			}
		}
	}
	stop := skipValue(t, j)
	if stop < 0 {
		return p, -1
	}
	p.value, p.nested = content(t[j:stop])
	p.quoted = t[j] == '"'
	return p, end
}

// isTypedValue reports whether a name is one of a value with its type: intValue,
// string_value.
func isTypedValue(name []byte) bool {
	n := len(name)
	return n >= 5 && (string(name[n-5:]) == "Value" || string(name[n-5:]) == "value")
}

func contains(list [][]byte, name []byte) bool {
	for _, n := range list {
		if bytes.Equal(n, name) {
			return true
		}
	}
	return false
}
