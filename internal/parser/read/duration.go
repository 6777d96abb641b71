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
	rest = lex.FirstLine(rest)
	for f := (fieldnames.TextFields{Text: rest}); f.Next(); {
		if !f.Field.IsDuration() {
			continue
		}
		i := lex.SkipQuote(rest, f.At)
		end := i
		for end < len(rest) && !lex.IsSpace(rest[end]) && rest[end] != '"' && rest[end] != ',' {
			end++
		}
		a.took, a.unit = rest[i:end], f.Field
		return
	}
	a.envoyDuration(rest)
	if i := bytes.LastIndexByte(rest, ' '); a.took == nil && i >= 0 { // Traefik's last word
		if v := rest[i+1:]; len(v) > 2 && lex.IsDigit(v[0]) && v[len(v)-1] == 's' {
			a.took, a.unit = v, fieldnames.Took
		}
	}
}

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
