package parser

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// Redacted stands where Redact took something out.
const Redacted = "[redacted]"

// Redact appends text to dst without what is private in it: the values of keys
// that name a token, an authorisation, a cookie, a licence, a challenge, a device,
// an account, a subscriber, a user, an address or an email, however the text is
// escaped; tokens of three parts, long runs of base64 or hex, network addresses
// and emails wherever they stand. It takes out too much rather than too little,
// and is meant for the few records that people see, not for every line.
func Redact(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if end := secretRun(text, i); end > i {
			dst, i = append(dst, Redacted...), end
			continue
		}
		if !lex.IsWord(text[i]) {
			dst = append(dst, text[i])
			i++
			continue
		}
		end := i
		for end < len(text) && (lex.IsWord(text[end]) || text[end] == '-') {
			end++
		}
		dst = append(dst, text[i:end]...)
		name := text[i:end]
		i = end
		if start, ok := valueAfter(text, end-len(name), end); ok && privateKey(name) {
			dst = append(append(dst, text[end:start]...), Redacted...)
			i = valueEnd(text, start, name)
		}
	}
	return dst
}

var privateKeys = lex.Words("token", "authoriz", "authoris", "cookie", "license", "licence", "challenge", "device", "account", "subscriber", "user", "email")

// harmless words hold "ip" and are no address.
var harmless = lex.Words("script", "multipl", "skip", "pipe", "zip", "clip", "principle")

func privateKey(name []byte) bool {
	if lex.HasFold(name, privateKeys) {
		return true
	}
	return lex.HoldsFold(name, "ip") && !lex.HasFold(name, harmless)
}

// quotes are the ways a quote is written in escaped text.
var quotes = lex.Words(`"`, "'", "%22", "%27", "&quot;", "&#34;", "&#39;", "&apos;", "x22", "x27", "u0022", "u0027")

// quoteAt returns the end of a quote at t[i], with the escapes before it.
func quoteAt(t []byte, i int) (end int, ok bool) {
	k := i
	for k < len(t) && t[k] == '\\' || k+2 < len(t) && t[k] == '%' && t[k+1] == '2' && t[k+2] == '5' {
		if t[k] == '%' && (k+4 < len(t) && t[k+3] == '2' && (t[k+4] == '2' || t[k+4] == '7')) {
			return k + 5, true // %2522
		}
		k++
		if t[k-1] == '%' {
			k += 2
		}
	}
	for _, q := range quotes {
		if bytes.HasPrefix(t[k:], q) && (q[0] != 'x' && q[0] != 'u' || k > i) {
			return k + len(q), true
		}
	}
	return i, false
}

// valueAfter returns where the value of the key t[from:i] begins.
func valueAfter(t []byte, from, i int) (int, bool) {
	if i+1 < len(t) && t[i] == '>' && t[i+1] != '<' && (t[i-1] == '-' || opensElement(t, from)) {
		return i + 1, true // of an element, or behind an arrow
	}
	i, quoted := quoteAt(t, i)
	i = skipGap(t, i)
	switch rest := t[i:]; {
	case quoted && len(rest) > 1 && rest[0] == ',':
		return valueBeside(t, i+1)
	case len(rest) > 1 && rest[0] == '=' && rest[1] == '>':
		i += 2
	case len(rest) > 0 && (rest[0] == ':' || rest[0] == '='):
		i++
	case len(rest) > 2 && rest[0] == '%' && (rest[1] == '3' && (rest[2]|0x20 == 'a' || rest[2]|0x20 == 'd')):
		i += 3
	case len(rest) > 4 && string(rest[:4]) == "%253" && (rest[4]|0x20 == 'a' || rest[4]|0x20 == 'd'):
		i += 5
	default:
		return i, false
	}
	return skipGap(t, i), true
}

// opensElement reports whether the name that begins at t[i] is a start tag's, also
// behind a prefix.
func opensElement(t []byte, i int) bool {
	for low := max(0, i-lex.MaxName); i > low && (lex.IsWord(t[i-1]) || t[i-1] == ':'); {
		i--
	}
	return i > 0 && t[i-1] == '<'
}

// valueBeside returns where the value begins of a name that is a value itself, in
// a list or in an object with a name and a value: "Cookie","a=b" and
// "name":"Cookie","value":"a=b".
func valueBeside(t []byte, i int) (int, bool) {
	i = skipGap(t, i)
	text, ok := quoteAt(t, i)
	if !ok {
		return i, false
	}
	end := text
	for end < len(t) && lex.IsWord(t[end]) {
		end++
	}
	name := t[text:end]
	next, _ := quoteAt(t, end)
	if next = skipGap(t, next); next >= len(t) || t[next] != ':' {
		return i, true
	}
	return skipGap(t, next+1), len(name) < 12 && lex.HasFold(name, valueNames)
}

var valueNames = lex.Words("value")

func skipGap(t []byte, i int) int {
	for i < len(t) && (t[i] == ' ' || t[i] == '\t' || t[i] == '+') {
		i++
	}
	return i
}

// valueEnd returns the end of the value that begins at t[i]: of a string, an
// object, a header's line, or a word.
func valueEnd(t []byte, i int, name []byte) int {
	if t[i-1] == '>' {
		if n := bytes.IndexByte(t[i:], '<'); n >= 0 {
			return i + n
		}
	}
	if open, ok := quoteAt(t, i); ok {
		mark := t[i:open]
		for k := open; k < len(t); {
			n := bytes.Index(t[k:], mark)
			if n < 0 {
				return len(t)
			}
			k += n
			if t[k-1] != '\\' || mark[0] != '\\' && !lex.Escaped(t[open:], k-open) {
				return k + len(mark)
			}
			k++
		}
		return len(t)
	}
	if i < len(t) && (t[i] == '{' || t[i] == '[') {
		depth := 0
		for k := i; k < len(t); k++ {
			switch t[k] {
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return k + 1
				}
			}
		}
		return len(t)
	}
	line := lex.HoldsFold(name, "authori") || lex.HoldsFold(name, "cookie")
	for k := i; k < len(t); k++ {
		switch c := t[k]; {
		case c == '\n' || c == '\r' || c == '"' || c == '\'' || c == '}':
			return k
		case line:
		case lex.IsSpace(c) || c == ',' || c == ';' || c == '&' || c == ')' || c == ']' || c == '<':
			return k
		}
	}
	return len(t)
}

// The lengths from which a run of letters and digits is taken for a secret.
const (
	longHex    = 32
	longBase64 = 32
	longRun    = 2048 // of anything without a blank
)

// secretRun returns the end of a secret that begins at t[i] whatever key it has,
// or i.
func secretRun(t []byte, i int) int {
	if i > 0 && lex.IsWord(t[i-1]) && t[i-1] != '_' {
		return i
	}
	if end := addressEnd(t, i); end > i {
		return end
	}
	end, dots, at := i, 0, false
run:
	for ; end < len(t); end++ {
		c := t[end]
		switch {
		case c == '.' && end > i && end+1 < len(t) && lex.IsBase64(t[end+1:end+2]):
			dots++
		case c == '@' && end > i:
			at = true
		case lex.IsBase64(t[end : end+1]), c == '=' && end > i:
		default:
			break run
		}
	}
	n := end - i
	run := t[i:end]
	switch {
	case n >= longRun:
		return end
	case n < 6:
	case at && dots > 0 && bytes.IndexByte(run, '/') < 0 && bytes.IndexByte(run, '=') < 0:
		return end
	case dots >= 2 && bytes.HasPrefix(run, []byte("eyJ")):
		return end
	}
	// Only up to the first dot or =word from here on.
	for k, c := range run {
		if c == '.' || c == '@' || c == '=' && k+1 < n && run[k+1] != '=' {
			n = k
			run = run[:k]
			break
		}
	}
	plain := 0
	for plain < n && (lex.IsDigit(run[plain]) || run[plain]|0x20 >= 'a' && run[plain]|0x20 <= 'f') {
		plain++
	}
	if plain >= longHex {
		return i + plain
	}
	if n >= longBase64 && looksRandom(run) {
		return i + n
	}
	return i
}

// looksRandom tells base64 from paths and long names by its mix of letters.
func looksRandom(run []byte) bool {
	upper, lower, digits := 0, 0, 0
	for _, c := range run {
		switch {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case lex.IsDigit(c):
			digits++
		}
	}
	n := len(run)
	return upper*8 >= n && lower*8 >= n && digits > 0
}

// addressEnd returns the end of a network address at t[i], or i.
func addressEnd(t []byte, i int) int {
	k, parts := i, 0
	for parts < 4 {
		start := k
		for k < len(t) && lex.IsDigit(t[k]) && k-start < 3 {
			k++
		}
		if k == start {
			break
		}
		parts++
		if parts < 4 {
			if k >= len(t) || t[k] != '.' {
				break
			}
			k++
		}
	}
	if parts == 4 && (k >= len(t) || !lex.IsWord(t[k])) {
		return k
	}
	k, colons, digits := i, 0, 0
	for ; k < len(t); k++ {
		c := t[k]
		if c == ':' {
			colons++
		} else if lex.IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' {
			digits++
		} else {
			break
		}
	}
	if colons >= 3 && digits >= 2 && (colons == 7 || bytes.Contains(t[i:k], []byte("::"))) && (k >= len(t) || !lex.IsWord(t[k])) {
		return k
	}
	return i
}
