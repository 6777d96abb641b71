package read

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// The Android callback onError(mp, what, extra): what determines the server of the extra.

// nearby is how far apart the callback's two numbers may be in text.
const nearby = 80

// whatNear finds what=N before or after the extra with its name at t[start] and
// its value at t[end]: the nearest, on the extra's own line before another.
// Where there is one on either side, the order of the line's first two decides.
func whatNear(s *walker, t []byte, from, start, end int) (what int, found bool) {
	for end < len(t) && (lex.IsDigit(t[end]) || t[end] == '-') {
		end++
	}
	var before, after struct{ what, far int } // far is 0 where there is none
	for i, hi := max(from, start-nearby), min(len(t), end+nearby); i < hi; i++ {
		n := bytes.Index(t[i:hi], []byte("what"))
		if n < 0 {
			break
		}
		i += n
		v, over, ok := whatAt(t, from, i)
		if !ok {
			continue
		}
		side, far := &before, start-over+1
		if i > start {
			side, far = &after, i-end+1
		}
		if bytes.IndexByte(t[min(i, start):max(i, start)], '\n') >= 0 {
			far += nearby
		}
		if far = max(far, 1); side.far == 0 || far < side.far {
			side.what, side.far = v, far
		}
	}
	switch {
	case before.far == 0 && after.far == 0:
		return 0, false
	case after.far == 0 || before.far > 0 && (before.far <= nearby && whatLeads(s, t, from) || before.far <= nearby && after.far > nearby):
		return before.what, true
	}
	return after.what, true
}

// whatLeads reports whether the first what of t[from:] is before its first extra.
func whatLeads(s *walker, t []byte, from int) bool {
	if s.leads.text != &t[from] {
		s.leads = searched{text: &t[from], found: bytes.Index(t[from:], []byte("what")) < bytes.Index(t[from:], []byte("xtra"))}
	}
	return s.leads.found
}

// whatAt reads the number of the field what at t[i], and returns its end.
func whatAt(t []byte, from, i int) (what, end int, ok bool) {
	if i > from && !lex.BeginsField(t[i-1]) && t[i-1] != '&' && t[i-1] != '?' && !lex.EscapedSpace(t[from:i]) {
		return 0, 0, false
	}
	k, ok := lex.Separator(t, i+len("what"))
	if !ok {
		return 0, 0, false
	}
	if k < len(t) && (t[k] == '+' || t[k] == '[' || t[k] == '(') {
		k++
	}
	v, size := lex.LeadingInt(t[k:])
	return v, k + size, size > 0
}

// callbackText reads the two numbers of the callback where they are printed without
// names: error (-1320, 4025), Error: -1320,4025, onError(mp, -1320, 4025). Only the
// licence server's values of what are known that well.
func callbackText(s *walker, t []byte, from, a int, _ place) int {
	i := a + 1
	if t[a] == '(' && !behindError(t, from, a) {
		return i
	}
	for limit := min(len(t), a+maxCallback); i < limit; i++ {
		if t[i] != '-' || i > 0 && lex.IsWord(t[i-1]) {
			if t[i] == '\n' {
				break
			}
			continue
		}
		what, size := lex.LeadingInt(t[i:])
		k, ok := lex.SkipMarks(t, i+size)
		if !ok {
			k, ok = skipExtra(t, k)
		}
		if ok && size > 3 && s.options.Whats.IsServer(what) {
			readText(s, t, k, result.Callback, s.options.Whats.Speaker(what))
			return k
		}
	}
	return a + 1
}

// skipExtra passes over the name of the extra where a blank is between it and its
// number: onError what -1320 extra 4025.
func skipExtra(t []byte, i int) (int, bool) {
	if !bytes.HasPrefix(t[min(i, len(t)):], []byte("extra ")) {
		return i, false
	}
	return lex.SkipMarks(t, i+len("extra"))
}

// spokenCallback reads the callback with a blank between the names and their numbers, where
// the extra's name is t[start:end]: what -1320 extra 4025.
func spokenCallback(s *walker, t []byte, from, start, end int) {
	value := lex.SkipBlanks(t, end)
	if value == end || value >= len(t) || !lex.IsDigit(t[value]) {
		return
	}
	k := start
	for k > from && (t[k-1] == ' ' || t[k-1] == ',') {
		k--
	}
	minus := k
	for minus > from && lex.IsDigit(t[minus-1]) {
		minus--
	}
	if minus == k || minus-1 < from || t[minus-1] != '-' || !bytes.HasSuffix(bytes.TrimRight(t[from:minus-1], " "), []byte("what")) {
		return
	}
	if what, _ := lex.LeadingInt(t[minus-1 : k]); s.options.Whats.IsServer(what) {
		readText(s, t, value, result.Callback, s.options.Whats.Speaker(what))
	}
}

// maxCallback is how far after its name the callback's numbers may be.
const maxCallback = 96

// behindError reports whether the word before the bracket t[a] ends in "error".
func behindError(t []byte, from, a int) bool {
	end := lex.BackOverBlanks(t, max(from, a-4), a)
	return end-from >= 5 && lex.EqualFold(t[end-5:end], "error")
}
