package lex

import (
	"bytes"
)

// LTSVValue returns the value of LTSV at t[i:], which ends at a tab.
func LTSVValue(t []byte, i int) ([]byte, bool) {
	v, _, found := bytes.Cut(t[i:], []byte{'\t'})
	return v, found
}

// NameAround returns where the field's name that holds t[a] begins.
func NameAround(t []byte, from, a int) int {
	for low := max(from, a-MaxField); a > low && (IsWord(t[a-1]) || t[a-1] == '.' || t[a-1] == '-') && !(a-1 > from && t[a-2] == '\\'); {
		a--
	}
	return a
}

// MaxField bounds the name of a field in text.
const MaxField = 40

// FieldName returns the name that ends before t[end], or nothing where that is no
// field's: part of a path, or of a query.
func FieldName(t []byte, end int) []byte {
	start := end
	for start > 0 && end-start < MaxField && InName[t[start-1]] {
		start--
	}
	if start > 0 && !BeginsField(t[start-1]) {
		return nil
	}
	return t[start:end]
}

// LogfmtValue returns the value after name, which ends in its equals sign.
func LogfmtValue(t []byte, name string) ([]byte, bool) {
	for i := 0; i < len(t); {
		n := bytes.Index(t[i:], []byte(name))
		if n < 0 {
			break
		}
		i += n
		if i == 0 || BeginsField(t[i-1]) {
			v := WordAt(t, i+len(name))
			return v, len(v) > 0
		}
		i += len(name)
	}
	return nil, false
}

// LogfmtField returns the value of the field name in a line of logfmt: what
// is inside a quoted value is none.
func LogfmtField(t []byte, name string) ([]byte, bool) {
	for i := 0; i < len(t); {
		n := bytes.IndexByte(t[i:], '=')
		if n < 0 {
			break
		}
		i += n
		if start := i - len(name); start >= 0 && string(t[start:i]) == name && (start == 0 || BeginsField(t[start-1])) {
			v := WordAt(t, i+1)
			return v, len(v) > 0
		}
		if i++; i < len(t) && t[i] == '"' {
			if i = ClosingQuote(t, i+1, '"'); i < 0 {
				break
			}
		}
	}
	return nil, false
}

// WordAt returns the value at t[i] up to what ends one, without its quotes.
func WordAt(t []byte, i int) []byte {
	i = SkipQuote(t, i)
	end := i
	for end < len(t) && !endsWord[t[end]] {
		end++
	}
	return t[i:end]
}

var endsWord = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '"': true, '\'': true, ',': true, ';': true, ']': true, '}': true, ')': true,
	'&': true, '\\': true}
