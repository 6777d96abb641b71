package privacy

import (
	"bytes"
	"slices"
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

// closes returns the end of what the bracket at i opens, at most hi.
func (r *redactor) closes(i, hi int) int {
	depth := 0
	for j := i; j < hi; j++ {
		switch c := r.b[j]; {
		case isQuote(c):
			if end := r.end(j, hi); end < hi && (c == '"' || !isWord(r.b[j-1])) {
				j = end
			}
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return hi
}

// resuming are words that continue the prose after a value without quotes.
var resuming = []string{"because", "with", "was", "is", "has", "denied", "refused", "rejected", "failed", "extra"}

// valueEnd returns the end of the private value without quotes that begins at i:
// where the next field, the next column or the line after begins.
func (r *redactor) valueEnd(i, hi int, k name) int {
	depth := 0
	for j := i; j < hi; j++ {
		switch c := r.b[j]; {
		case isQuote(c):
			if end := r.end(j, hi); end < hi && !(j > i && isWord(r.b[j-1]) && c == '\'') {
				if j = end; depth == 0 && !k.header {
					return end + 1
				}
			} else if end == hi && depth == 0 && c == '"' {
				return j
			}
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			if depth--; depth < 0 {
				return j
			}
		case c == '\n' && !(k.header && j+1 < hi && (r.b[j+1] == ' ' || r.b[j+1] == '\t') && !r.nameAt(j+1, hi)): // else the header goes on
			return j
		case depth > 0:
		case c == '<' && j+1 < hi && r.b[j+1] == '/', c == '>' && j > i, c == '\t' && j > i, c == '|', c == '&':
			return j
		case k.header:
		case c == ';':
			return j
		case c == ',':
			if r.nameAt(j+1, hi) {
				return j
			}
		case c == ' ':
			next := r.gap(j, hi)
			if next == hi || r.nameAt(next, hi) || isQuote(r.b[next]) && r.end(next, hi) < hi || r.b[next] == '[' || r.b[next] == '(' || r.b[next] == '{' || r.b[next] == '<' ||
				bytes.HasPrefix(r.b[next:], []byte("--")) || slices.Contains(resuming, string(r.b[next:r.wordEnd(next, hi)])) {
				return j
			}
		}
	}
	return hi
}

// nameAt reports whether a field begins at i: a name and its separator.
func (r *redactor) nameAt(i, hi int) bool {
	i = r.gap(i, hi)
	if i == hi {
		return false
	}
	if isQuote(r.b[i]) {
		end := r.end(i, hi)
		if end == hi {
			return false
		}
		_, ok := r.separator(end+1, hi)
		return ok && isName(r.b[i+1:end])
	}
	if r.b[i] == ':' { // of Ruby
		i++
	}
	end := r.wordEnd(i, hi)
	w := r.b[i:end]
	if colon := bytes.IndexByte(w, ':'); colon > 0 {
		return isName(w[:colon]) && !bytes.HasPrefix(w[colon:], []byte("://"))
	}
	_, ok := r.separator(end, hi)
	return ok && isName(w)
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

// known reports whether the word from lo to hi is a place in a source, or a URL:
// its colons do not separate a name from a value.
func (r *redactor) known(lo, hi int) bool {
	w := r.b[lo:hi]
	return sourceForm.Match(w) || bytes.Contains(w, []byte("://"))
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

// attribute returns the private name that an attribute holds: <string name="pin">.
func (r *redactor) attribute(lo, hi int) (k name, ok bool) {
	for i := lo; i < hi; i++ {
		if isQuote(r.b[i]) {
			end := r.end(i, hi)
			if end < hi {
				if k := nameOf(r.b[i+1 : end]); k.whole && (k.private || k.unknown) {
					return k, true
				}
			}
			i = end
		}
	}
	return k, false
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
