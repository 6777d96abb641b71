package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// textDuration finds the duration after the status of an access log's line:
// nginx's rt=0.003 and its like, Envoy's third number.
func (a *answer) textDuration(rest []byte) {
	if a.took != nil {
		return
	}
	rest = rest[:min(len(rest), lex.MaxLine)]
	for f := (fieldnames.TextFields{Text: rest}); f.Next(); {
		if !f.Field.IsDuration() {
			continue
		}
		if bytes.IndexByte(rest[:f.At], '\n') >= 0 {
			break // of another line
		}
		i := lex.SkipQuote(rest, f.At)
		end := i
		for end < len(rest) && !endsDuration[rest[end]] {
			end++
		}
		a.took, a.unit = rest[i:end], f.Field
		return
	}
	rest = lex.FirstLine(rest)
	a.envoyDuration(rest)
	if i := bytes.LastIndexByte(rest, ' '); a.took == nil && i >= 0 { // Traefik's last word
		if v := rest[i+1:]; len(v) > 2 && lex.IsDigit(v[0]) && v[len(v)-1] == 's' {
			a.took, a.unit = v, fieldnames.Took
		}
	}
}

// endsDuration holds the bytes that end the value of a duration.
var endsDuration = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '"': true, ',': true}

// envoyDuration reads Envoy's numbers: flags, bytes in, bytes out, milliseconds;
// Istio has more words before them, the last of which is a quoted dash.
func (a *answer) envoyDuration(rest []byte) {
	f := lex.FourWords(rest)
	if len(f[0]) > 0 && (f[0][0] == '-' || lex.IsUpper(f[0][0])) && lex.AllDigits(f[1]) && lex.AllDigits(f[2]) && lex.AllDigits(f[3]) {
		a.took, a.unit = f[3], fieldnames.Millis
		return
	}
	if i := bytes.Index(rest[:min(len(rest), 80)], []byte(` "-" `)); i >= 0 {
		if f := lex.FourWords(rest[i+4:]); lex.AllDigits(f[0]) && lex.AllDigits(f[1]) && lex.AllDigits(f[2]) {
			a.took, a.unit = f[2], fieldnames.Millis
		}
	}
}
