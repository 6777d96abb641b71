package read

import (
	"bytes"
	"time"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// Where the access logs of servers and balancers keep the status of the answer,
// and how long it took.

// lineStatus finds the status around a request line: after it as nginx, Apache,
// Envoy and most others write it, or far before it.
func (a *answer) lineStatus(before, rest []byte) int {
	before = before[max(0, len(before)-lex.MaxLine):]
	if i := afterProtocol(rest); i > 0 {
		if status, size := lex.AnswerAt(rest, i); size > 0 {
			a.textDuration(rest[i+size:])
			return status
		}
		if status := a.laterStatus(rest[i:]); status != 0 {
			return status
		}
	}
	if status := a.haproxyStatus(before); status != 0 {
		return status
	}
	if status := a.squidStatus(before); status != 0 {
		return status
	}
	return a.balancerStatus(before)
}

// afterProtocol returns where the text goes on after what is left of the protocol's name
// and its quote, 0 where that is no such name.
func afterProtocol(rest []byte) int {
	i := 0
	for i < len(rest) && i < 12 && rest[i] != '"' && rest[i] != ' ' && rest[i] != '\t' {
		i++
	}
	if i+1 >= len(rest) || i == 12 {
		return 0
	}
	if rest[i] == '"' && rest[i+1] == ' ' {
		i++
	}
	return i + 1
}

// laterStatus finds a status that has a name, or follows a dash as chi
// writes it: from 10.0.0.1:4006 - 200 154B in 12.3ms.
func (a *answer) laterStatus(rest []byte) int {
	rest = lex.FirstLine(rest)
	if bytes.HasPrefix(rest, []byte("from ")) {
		if i := bytes.Index(rest, []byte(" - ")); i > 0 {
			if status, ok := lex.StatusAt(rest, i+3); ok {
				a.durationBehind(rest, " in ")
				return status
			}
		}
		return 0
	}
	status := 0
	for f := (fieldnames.TextFields{Text: rest}); status == 0 && f.Next(); {
		if f.Field == fieldnames.Status {
			status, _ = lex.WholeStatus(f.Value())
		}
	}
	if i := bytes.Index(rest, []byte("status:")); status == 0 && i >= 0 && (i == 0 || rest[i-1] == '\t') {
		v, _ := lex.LTSVValue(rest, i+len("status:"))
		status, _ = lex.WholeStatus(v)
	}
	if status != 0 {
		a.textDuration(rest)
	}
	return status
}

// durationBehind reads a duration with its unit after a word.
func (a *answer) durationBehind(t []byte, word string) {
	if i := bytes.LastIndex(t, []byte(word)); i >= 0 && a.took == nil {
		if d := logtime.OddDuration(lex.WordAt(t, i+len(word)), fieldnames.Took); d > 0 {
			a.lasted = d
		}
	}
}

// squidStatus finds Squid's result, TCP_MISS/200, two words before the method.
func (a *answer) squidStatus(t []byte) int {
	words := bytes.Fields(t[max(0, len(t)-64):])
	if len(words) < 2 || !lex.AllDigits(words[len(words)-1]) {
		return 0
	}
	result := words[len(words)-2]
	i := bytes.IndexByte(result, '/')
	if i < 4 || !lex.IsUpper(result[0]) || !lex.IsUpper(result[3]) && result[3] != '_' {
		return 0
	}
	status, _ := lex.WholeStatus(result[i+1:])
	return status
}

// cloudFrontTaken is how many columns after the path CloudFront's time-taken is, in
// seconds with three decimals.
const cloudFrontTaken = 11

// columnRequest reads a line of columns: W3C's and other tabs, also with the
// labels of LTSV, gin's and other strokes. The method is a column of its own before the path, the status one
// after it, else one before. The line begins at t[low]. never is true where none of its URLs
// is a request's.
func (a *answer) columnRequest(t []byte, low, start, end int) (found, never bool) {
	line := lex.FirstLine(t[low:])
	separator := byte('\t')
	if bytes.IndexByte(line, separator) < 0 {
		separator = '|'
	}
	if bytes.IndexByte(line, separator) < 0 {
		return false, true
	}
	path, post, before, after := t[start:end], false, 0, 0
	passed, behind := false, 0 // how many columns the path is
	for rest, more := line, true; more; {
		var column []byte
		if passed {
			behind++
		}
		column, rest, more = bytes.Cut(rest, []byte{separator})
		column = bytes.Trim(column, " \"")
		if label, v, ok := bytes.Cut(column, []byte{':'}); ok && separator == '\t' {
			switch k := fieldnames.Of(label); { // of LTSV
			case k == fieldnames.Method || k == fieldnames.Status:
				column = v
			case k == fieldnames.StreamURL:
				continue
			case k == fieldnames.Path || k == fieldnames.RequestLine:
				if !bytes.HasPrefix(column, path) {
					column = v
				}
			case k.IsClient():
				if a.known < len(a.clients) {
					a.clients[a.known].field, a.clients[a.known].text = k, v
					a.known++
				}
				continue
			case k.IsDuration():
				if a.took == nil {
					a.took, a.unit = v, k
				}
				continue
			}
		}
		method, url, both := bytes.Cut(column, []byte{' '})
		switch {
		case string(column) == "POST":
			post = true
		case both && string(method) == "POST":
			post, passed = true, bytes.HasPrefix(bytes.TrimLeft(url, " \""), path)
		case bytes.HasPrefix(column, path):
			passed = true
		case !passed && len(column) > 0 && column[0] == '/':
			return false, false // the path of another request
		default:
			status, ok := lex.WholeStatus(column)
			switch {
			case behind == cloudFrontTaken && separator == '\t' && len(column) > 4 && column[len(column)-4] == '.':
				a.took, a.unit = column, fieldnames.Seconds
			case ok && len(column) == 3 && passed && after == 0:
				after = status
			case ok && len(column) == 3 && !passed && before == 0:
				before = status
			case !ok && a.took == nil && len(column) > 2 && column[len(column)-1] == 's' && lex.IsDigit(column[0]):
				a.lasted = max(a.lasted, logtime.OddDuration(column, fieldnames.Took))
			}
		}
	}
	if after == 0 {
		after = before
	}
	if !post || !passed || after == 0 {
		return false, !post
	}
	a.status = after
	return true, false
}

// haproxyStatus finds the status in HAProxy's httplog, which follows five
// timers joined by slashes, far before the request.
func (a *answer) haproxyStatus(t []byte) int {
	for i := 0; i < len(t); {
		n := bytes.IndexByte(t[i:], ' ')
		if n < 0 {
			break
		}
		if word := t[i : i+n]; len(word) >= 9 && bytes.Count(word, []byte{'/'}) == 4 && timers(word) {
			if status, size := lex.AnswerAt(t, i+n+1); size > 0 {
				total := word[bytes.LastIndexByte(word, '/')+1:]
				a.took, a.unit = bytes.TrimPrefix(total, []byte{'+'}), fieldnames.Millis
				return status
			}
		}
		i += n + 1
	}
	return 0
}

func timers(word []byte) bool {
	for _, c := range word {
		if !lex.IsDigit(c) && c != '/' && c != '-' && c != '+' {
			return false
		}
	}
	return true
}

// plainStatus reads what follows a path without a protocol: " 400 12.3 ms" as
// morgan writes it, or IIS's fields, which end in status, two more numbers and
// the milliseconds.
func (a *answer) plainStatus(before, rest []byte) (ok bool) {
	a.status, ok = a.statusBehind(before, rest)
	return ok
}

func (a *answer) statusBehind(before, rest []byte) (int, bool) {
	rest = lex.FirstLine(rest)
	if after, ok := bytes.CutPrefix(rest, []byte(" responded ")); ok { // Serilog
		a.durationBehind(bytes.ReplaceAll(after, []byte(" ms"), []byte("ms")), " in ")
		return lex.StatusAt(after, 0)
	}
	if bytes.Contains(before[max(0, len(before)-lex.MaxLine):], []byte("Request finished HTTP/")) { // Kestrel
		if i := bytes.Index(rest, []byte(" - ")); i >= 0 {
			if status, ok := lex.StatusAt(rest, i+3); ok {
				a.durationBehind(rest, " ")
				return status, true
			}
		}
		return 0, false
	}
	if status := a.squidStatus(before); status != 0 {
		return status, true
	}
	if after, ok := bytes.CutPrefix(rest, []byte(`" `)); ok { // php-fpm
		if status, size := lex.AnswerAt(after, 0); size > 0 {
			return status, true
		}
	}
	if status, ok := lex.StatusAt(rest, 1); ok && rest[0] == ' ' {
		if f := bytes.Fields(rest[4:min(len(rest), 32)]); len(f) > 1 && string(f[1]) == "ms" {
			a.took, a.unit = f[0], fieldnames.Millis
		}
		return status, true
	}
	end := len(rest)
	var last [4][]byte
	for k := 3; k >= 0; k-- {
		i := bytes.LastIndexByte(rest[:end], ' ')
		if i < 0 || !lex.AllDigits(rest[i+1:end]) {
			return 0, false
		}
		last[k], end = rest[i+1:end], i
	}
	status, ok := lex.StatusAt(last[0], 0)
	if ok {
		a.took, a.unit = last[3], fieldnames.Millis
	}
	return status, ok
}

// balancerStatus finds the status in the log of an AWS load balancer: three
// times in seconds, then the status, before the request.
func (a *answer) balancerStatus(t []byte) int {
	end := len(t)
	var word [8][]byte // the last words before the quote of the request
	for k := 7; k >= 0; k-- {
		for end > 0 && (t[end-1] == ' ' || t[end-1] == '"') {
			end--
		}
		i := bytes.LastIndexByte(t[:end], ' ')
		if i < 0 {
			return 0
		}
		word[k], end = t[i+1:end], i
	}
	var total time.Duration
	for _, w := range word[1:4] {
		if bytes.IndexByte(w, '.') < 0 && string(w) != "-1" {
			return 0
		}
		total += logtime.DurationOf(w, fieldnames.Seconds, false)
	}
	status, ok := lex.StatusAt(word[4], 0)
	if !ok {
		return 0
	}
	a.lasted = total
	return status
}
