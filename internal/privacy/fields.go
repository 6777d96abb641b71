package privacy

import (
	"bytes"
)

// typePrefix returns the length of what a program writes before a string to give
// its type: b'text', s:9:"text", string(9) "text", Optional("text") aside.
func typePrefix(b []byte) int {
	i := 0
	if len(b) > 1 && (b[0]|0x20 >= 'a' && b[0]|0x20 <= 'z' || b[0] == '@') && isQuote(b[1]) {
		return 1
	}
	for i < len(b) && b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z' && i < 8 {
		i++
	}
	if i == 0 || i+2 >= len(b) {
		return 0
	}
	open := b[i]
	j := i + 1
	for j < len(b) && isDigit(b[j]) && j-i < 7 {
		j++
	}
	if j == i+1 || j+1 >= len(b) {
		return 0
	}
	switch {
	case i == 1 && open == ':' && b[j] == ':' && isQuote(b[j+1]):
		return j + 1
	case open == '(' && b[j] == ')' && b[j+1] == ' ' && j+2 < len(b) && isQuote(b[j+2]):
		return j + 2
	}
	return 0
}

// nextLine returns where a private value begins that is on the lines below its
// name, indented or in a list; else i.
func (r *redactor) nextLine(i, hi int) int {
	if i >= hi || r.b[i] != '\n' {
		return i
	}
	j := i
	for j < hi && isSpace(r.b[j]) {
		j++
	}
	if j == hi || j-i < 2 && !isQuote(r.b[j]) && r.b[j] != '-' || r.nameAt(j, hi) {
		return i
	}
	if r.b[j] == '-' && j+1 < hi && r.b[j+1] == ' ' {
		j += 2
	} else if typ := typePrefix(r.b[j:hi]); typ > 0 {
		j += typ
	}
	r.allow(i, j)
	return j
}

// literalColon reports whether w is a name and a value with a colon between them.
func literalColon(w []byte) bool {
	if isAddress(w) || sourceForm.Match(w) {
		return false
	}
	colon := bytes.IndexByte(w, ':')
	return colon > 0 && isName(w[:colon]) && !bytes.HasPrefix(w[colon:], []byte("://"))
}

// tag decides on the XML element that begins at i, with what is in it if its name
// or its attribute name is private.
func (r *redactor) tag(i, hi int, m mode) int {
	r.allow(i, i+1)
	at := i + 1
	closing := at < hi && r.b[at] == '/'
	if closing {
		r.allow(at, at+1)
		at++
	}
	end := at
	for end < hi && (isWord(r.b[end]) || r.b[end] == '-' || r.b[end] == '.' || r.b[end] == ':') {
		end++
	}
	if end == at || !isWord(r.b[at]) || isDigit(r.b[at]) {
		return i + 1
	}
	k := nameOf(r.b[at+bytes.LastIndexByte(r.b[at:end], ':')+1 : end])
	if m != secret && !k.unknown && harmless(bytes.ReplaceAll(r.b[at:end], []byte("n:"), nil)) {
		r.allow(at, end)
	}
	shut := bytes.IndexByte(r.b[end:hi], '>')
	if shut < 0 || bytes.IndexByte(r.b[end:end+shut], '<') >= 0 {
		return max(end, i+1)
	}
	shut += end
	named, isNamed := r.attribute(end, shut)
	switch {
	case k.private:
		r.members(end, shut)
	case isNamed && m == prose: // <param name="pin" value="1234"/>
		r.walk(end, shut, loose)
	default:
		r.walk(end, shut, m)
	}
	r.allow(shut, shut+1)
	if closing || r.b[shut-1] == '/' {
		return shut + 1
	}
	if isNamed {
		k = named
	}
	return r.content(at, end, shut+1, hi, k, m)
}

// content decides on what is in the element with the name from lo to hi, which
// begins at i.
func (r *redactor) content(lo, hi, i, limit int, k name, m mode) int {
	text := bytes.IndexByte(r.b[i:limit], '<')
	if text < 0 {
		text = limit - i
		if n := bytes.IndexByte(r.b[i:limit], '\n'); n >= 0 {
			text = n
		}
	}
	end := i + text
	if !k.private && m != secret {
		if held := nameOf(bytes.TrimSpace(r.b[i:end])); !k.unknown && m == prose && held.whole && (held.private || held.unknown) && end < limit && isName(bytes.TrimSpace(r.b[i:end])) {
			// <key>pin</key><string>1234</string>
			r.name(i, end, held, m)
			return r.sibling(end, limit, held)
		}
		if text := []byte("<![CDATA["); bytes.HasPrefix(r.b[i:limit], text) {
			if n := bytes.Index(r.b[i:limit], []byte("]]>")); n >= 0 {
				end = i + n
				r.allow(i, i+2)
				i += len(text)
			}
		}
		inner := prose
		if k.unknown || m == loose {
			inner = loose
		}
		if end > i && k.whole {
			r.inside(i, end, k, inner)
			return end
		}
		return i
	}
	mark := append([]byte("</"), r.b[lo:hi]...)
	if n := bytes.Index(r.b[i:limit], mark); n >= 0 {
		end = i + n
	}
	r.keepEvidence(i, end)
	if string(r.b[lo:hi]) == "name" { // <name>pin</name><value>1234</value>
		return r.sibling(end, limit, k)
	}
	return end
}

// sibling hides the text of the element after the end tag at i, if it is a value.
func (r *redactor) sibling(i, limit int, k name) int {
	for tag := range 2 { // the end of this one, the begin of the next
		shut := bytes.IndexByte(r.b[i:limit], '>')
		if i >= limit || r.b[i] != '<' || shut < 0 || tag == 1 && !nameOf(r.b[i+1:i+shut]).value {
			return i
		}
		next := i + shut + 1
		r.walkTag(i, next)
		for next < limit && isSpace(r.b[next]) {
			r.allow(next, next+1)
			next++
		}
		i = next
	}
	end := bytes.IndexByte(r.b[i:limit], '<')
	if end < 0 {
		end = limit - i
	}
	r.keepEvidence(i, i+end)
	return i + end
}

// walkTag shows a tag of known words.
func (r *redactor) walkTag(lo, hi int) {
	if harmless(bytes.Trim(r.b[lo:hi], "</> ")) {
		r.allow(lo, hi)
	}
}
