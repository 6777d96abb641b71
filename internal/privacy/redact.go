package privacy

import (
	"bytes"
	"slices"
	"strconv"
)

// Redact appends to dst what may be shown of text, the record of a log: see the
// package. evidence is a number that is shown wherever the record reports it, the
// code for which the record is shown; 0 for none. What is left out becomes a
// marker: [ip], [email], [number], [id], [text], or [...] where more than one
// thing is gone or the kind reveals too much. Redact is for the few records that
// people see, not for every line: it allocates several times the text.
func Redact(dst, text []byte, evidence int) []byte {
	r := &redactor{structure: newStructure(text)}
	if evidence != 0 {
		r.evidence = strconv.AppendInt(nil, int64(max(evidence, -evidence)), 10)
	}
	r.show, r.private = make([]bool, len(r.b)), len(r.b)
	r.walk(0, len(r.b), prose)
	return r.write(dst)
}

// Bounds on what is read: longer words and deeper objects are hidden.
const (
	maxWord  = 512
	maxDepth = 64
)

// walk decides on the characters from lo to hi.
func (r *redactor) walk(lo, hi int, m mode) {
	if r.depth == maxDepth {
		r.keepEvidence(lo, hi)
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	for i := lo; i < hi; {
		switch c := r.b[i]; {
		case isQuote(c):
			i = r.quoted(i, hi, m)
		case c == '<':
			i = r.tag(i, hi, m)
		case c == '[' && r.bracketed(i, hi) > 0:
			end := r.bracketed(i, hi)
			r.allow(i, end)
			k := nameOf(bytes.Trim(r.b[i+1:end-1], "\"'`"))
			if k.unknown {
				for j := i + 1; j < end-1; j++ {
					r.show[j] = false
				}
			}
			v, _ := r.separator(end, hi)
			i = r.value(v, hi, k, m)
		case isSpace(c) || isDelimiter(c) || c == ':':
			if m != secret {
				r.allow(i, i+1)
			}
			i++
		default:
			i = r.bare(i, hi, m)
		}
	}
}

// quoted decides on the string that begins at i: a name, or text.
func (r *redactor) quoted(i, hi int, m mode) int {
	end := r.end(i, hi)
	if end == hi && r.b[i] != '"' { // an apostrophe
		r.allow(i, i+1)
		return i + 1
	}
	after := min(end+1, hi)
	r.allow(i, i+1)
	r.allow(end, after)
	k := nameOf(r.b[i+1 : end])
	colon := after
	for colon < hi && isSpace(r.b[colon]) {
		colon++
	}
	if colon == hi || r.b[colon] != ':' || !bytes.ContainsRune(r.b[after:colon], '\n') {
		colon = after
	}
	if v, ok := r.separator(colon, hi); ok && end < hi {
		r.allow(after, colon)
		r.name(i+1, end, k, m)
		return r.value(v, hi, k, m)
	}
	switch {
	case k.whole && (k.private || k.unknown) && m != secret:
		if m == prose {
			r.name(i+1, end, k, m)
		}
		return r.paired(after, hi, k)
	case m == secret:
		r.keepEvidence(i+1, end)
	default:
		r.word = ""
		r.walk(i+1, end, m)
		r.word = ""
	}
	return after
}

// bare decides on the word that begins at i: a name, or text.
func (r *redactor) bare(i, hi int, m mode) int {
	if end := int(r.times[i]); end > 0 && end <= hi {
		if m == prose {
			r.allow(i, end)
		}
		return end
	}
	end := r.wordEnd(i, hi)
	if end-i > maxWord {
		return end
	}
	core := end
	for core > i+1 && trails(r.b[core-1]) {
		core--
	}
	if !isAddress(r.b[i:core]) && !r.known(i, core) { // a name is no time, address or URL
		if colon := bytes.IndexByte(r.b[i:core], ':'); colon > 0 && isName(r.b[i:i+colon]) {
			k := nameOf(r.b[i : i+colon])
			r.name(i, i+colon, k, m)
			r.allow(i+colon, i+colon+1)
			return r.value(i+colon+1, hi, k, m)
		}
	}
	k := nameOf(r.b[i:core])
	if v, ok := r.separator(core, hi); ok && isName(r.b[i:core]) {
		if k.code && r.word != "" && nameOf([]byte(r.word)).private { // zip code: 8048
			k.private, k.numeric = true, false
		}
		r.name(i, core, k, m)
		return r.value(v, hi, k, m)
	}
	if k.whole && (k.private || k.unknown) && core < hi && isQuote(r.b[core]) { // a quote is missing before it
		if v, ok := r.separator(core+1, hi); ok {
			r.name(i, core, k, m)
			r.allow(core, core+1)
			return r.value(v, hi, k, m)
		}
	}
	if k.whole && k.private && core < hi {
		switch v, c := r.gap(core, hi), r.b[core]; {
		case c == ',' && i > 0 && (r.b[i-1] == '{' || r.b[i-1] == '('): // of Erlang
			r.name(i, core, k, m)
			r.allow(core, core+1)
			return r.value(core+1, hi, k, m)
		case v < hi && (c == '\t' || v > core+1 && r.lineBegins(i)): // in columns
			r.name(i, core, k, m)
			return r.value(v, hi, k, m)
		case c == '(' || c == '{' || c == '[',
			v < hi && v > core && (isQuote(r.b[v]) || r.b[v] == '{'),
			v > core && i > 1 && r.b[i-1] == '-' || v > core && bytes.HasPrefix(r.b[i:], []byte("--")):
			r.name(i, core, k, m)
			return r.value(v, hi, k, m)
		}
	}
	if k.unknown && core < hi-1 && r.b[core] == '(' && isQuote(r.b[core+1]) { // setPin("1234")
		return r.value(core, hi, k, m)
	}
	if m == secret {
		return end
	}
	r.judge(i, core, hi, m, name{})
	r.allow(core, end)
	return end
}

// name decides on a field's name: it is shown if it consists of known words.
func (r *redactor) name(lo, hi int, k name, m mode) {
	if m != secret && !k.unknown {
		r.allow(lo, hi)
	}
	r.word = ""
	r.private++
	if k.private {
		r.private = 0
	}
}

// aNumber is redactor.word after a number that is shown.
const aNumber = "0"

// constants are the values that mean the same under any name.
var constants = []string{"true", "false", "null", "nil", "none", "undefined"}

// judge decides on the word from lo to hi, which is of k if k is a name.
func (r *redactor) judge(lo, hi, limit int, m mode, k name) {
	w := r.b[lo:hi]
	last, gone := r.word, r.private
	r.word = ""
	r.private++
	switch {
	case r.isEvidence(lo, hi):
		r.allow(lo, hi)
	case m == loose && slices.Contains(constants, lower(w)):
		r.allow(lo, hi)
	case m != prose:
	case len(w) <= 3 && !bytes.ContainsFunc(w, func(c rune) bool { return isWord(byte(c)) || c >= 0x80 }):
		r.allow(lo, hi) // punctuation
	case isNumber(w) && !k.version:
		if r.numberFits(lo, hi, limit, last, gone, k) {
			r.allow(lo, hi)
			r.word = aNumber
		}
	case last == aNumber && slices.Contains(units, string(w)):
		r.allow(lo, hi)
	case len(w) == 1 && (w[0] == 'F' || w[0] == 'P') && (last == "stdout" || last == "stderr"): // of a container's log
		r.allow(lo, hi)
	case k.correlation && isUUID(w), k.version && releaseForm.Match(w), k.tenant && LabelValue(w) && isTenant(w):
		r.allow(lo, hi)
	case bytes.IndexByte(w, '/') >= 0 && r.path(lo, hi):
	default:
		if _, ok := literal(w); !ok && harmless(w) {
			r.allow(lo, hi)
			r.word = lower(w)
			if nameOf(w).private {
				r.private = 0
			}
		}
	}
}

// write appends the text, with a marker in place of each hidden stretch.
func (r *redactor) write(dst []byte) []byte {
	for i := 0; i < len(r.b); {
		if r.show[i] {
			dst = append(dst, r.raw[r.from[i]:r.to[i]]...)
			i++
			continue
		}
		start := i
		for i < len(r.b) {
			if r.show[i] {
				// Blanks between two hidden words are hidden with them.
				next := i
				for next < len(r.b) && r.show[next] && (r.b[next] == ' ' || next == i && r.b[next] == ',') {
					next++
				}
				if next == len(r.b) || r.show[next] {
					break
				}
				i = next
			}
			i++
		}
		dst = append(dst, marker(r.b[start:i])...)
	}
	return dst
}
