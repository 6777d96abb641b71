package privacy

import (
	"bytes"
	"slices"
)

// structure is a record with the places of its quotes, times and long numbers. It is not
// changed after it was found.
type structure struct {
	*view
	closing []int32 // of a quote: the next one that is written the same way; 0 for none
	times   []int32 // where a time begins: its end
	group   []int32 // of a digit: the end of its group of seven digits and more; 0 for none
}

func newStructure(text []byte) *structure {
	r := &structure{view: newView(text)}
	r.pairQuotes()
	r.findTimes()
	r.findGroups()
	return r
}

func (r *structure) pairQuotes() {
	r.closing = make([]int32, len(r.b))
	last := make(map[string]int32)
	for i := len(r.b) - 1; i >= 0; i-- {
		if isQuote(r.b[i]) {
			spelling := string(r.raw[r.from[i]:r.to[i]])
			r.closing[i] = last[spelling]
			last[spelling] = int32(i)
		}
	}
}

// end returns the end of the string that the quote at i opens, at most hi.
func (r *structure) end(i, hi int) int {
	if n := int(r.closing[i]); n > 0 && n < hi {
		return n
	}
	return hi
}

// bracketed returns the end of a name in brackets that a separator follows, as PHP
// dumps them: [pin] => 1234; 0 where there is none.
func (r *structure) bracketed(i, hi int) int {
	n := bytes.IndexByte(r.b[i:hi], ']')
	if n < 0 || !isName(bytes.Trim(r.b[i+1:i+n], "\"'`")) {
		return 0
	}
	end := i + n + 1
	if v := r.gap(end, hi); v == hi || r.b[v] != '=' && !bytes.HasPrefix(r.b[v:hi], []byte("->")) {
		return 0
	}
	return end
}

// closes returns the end of what the bracket at i opens, at most hi.
func (r *structure) closes(i, hi int) int {
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

// lineBegins reports whether nothing but blanks is before i on its line.
func (r *structure) lineBegins(i int) bool {
	for i > 0 && (r.b[i-1] == ' ' || r.b[i-1] == '\t') {
		i--
	}
	return i == 0 || r.b[i-1] == '\n'
}

// separator returns where the value begins of a name that ends at i.
func (r *structure) separator(i, hi int) (value int, ok bool) {
	v := r.gap(i, hi)
	for _, s := range [...]string{"=>", "->", ":=", "==", "=", ":"} {
		if bytes.HasPrefix(r.b[v:hi], []byte(s)) {
			return v + len(s), true
		}
	}
	return i, false
}

// gap returns the end of the blanks at i.
func (r *structure) gap(i, hi int) int {
	for i < hi && (r.b[i] == ' ' || r.b[i] == '\t') {
		i++
	}
	return i
}

// wordEnd returns the end of what is written at i without a blank, a quote, a
// bracket or another delimiter.
func (r *structure) wordEnd(i, hi int) int {
	for j := i; j < hi; j++ {
		c := r.b[j]
		switch {
		case isSpace(c) || isDelimiter(c):
			return j
		case isQuote(c) && !(c == '\'' && j > i+1 && isWord(r.b[j-1]) && j+1 < hi && isWord(r.b[j+1])):
			return j
		case c == ':' && (j+1 == hi || isSpace(r.b[j+1]) || isQuote(r.b[j+1]) || isDelimiter(r.b[j+1])):
			return j
		case c == '-' && j+1 < hi && r.b[j+1] == '>':
			return j
		}
	}
	return hi
}

// resuming are words that continue the prose after a value without quotes.
var resuming = []string{"because", "with", "was", "is", "has", "denied", "refused", "rejected", "failed", "extra"}

// valueEnd returns the end of the private value without quotes that begins at i:
// where the next field, the next column or the line after begins.
func (r *structure) valueEnd(i, hi int, k name) int {
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
func (r *structure) nameAt(i, hi int) bool {
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

// known reports whether the word from lo to hi is a place in a source, or a URL:
// its colons do not separate a name from a value.
func (r *structure) known(lo, hi int) bool {
	w := r.b[lo:hi]
	return sourceForm.Match(w) || bytes.Contains(w, []byte("://"))
}

// attribute returns the private name that an attribute holds: <string name="pin">.
func (r *structure) attribute(lo, hi int) (k name, ok bool) {
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

func (r *structure) statusAfterProtocol(lo int) bool {
	return protocolBefore.Match(r.b[max(0, lo-16):lo])
}
