package parser

import (
	"bytes"
	"time"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// duration is how long the record's request took, 0 where it does not say.
func (s *scan) duration() time.Duration {
	if s.lasted == 0 && s.took.text != nil {
		s.lasted = logtime.DurationOf(s.took.text, s.tookUnit, s.zap)
	}
	if s.lasted < 0 || s.lasted > logtime.MaxDuration {
		return 0
	}
	return s.lasted
}

// textDuration finds the duration behind the status of an access log's line:
// nginx's rt=0.003 and its like, Envoy's third number.
func (s *scan) textDuration(rest []byte) {
	if s.took.text != nil {
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
		s.took, s.tookUnit = value{text: rest[i:end]}, f.Field
		return
	}
	s.envoyDuration(rest)
	if i := bytes.LastIndexByte(rest, ' '); s.took.text == nil && i >= 0 { // Traefik's last word
		if v := rest[i+1:]; len(v) > 2 && lex.IsDigit(v[0]) && v[len(v)-1] == 's' {
			s.took, s.tookUnit = value{text: v}, fieldnames.Took
		}
	}
}

// envoyDuration reads Envoy's numbers: flags, bytes in, bytes out, milliseconds;
// Istio has more words before them, the last of which is a quoted dash.
func (s *scan) envoyDuration(rest []byte) {
	f := fields4(rest)
	if len(f[0]) > 0 && (f[0][0] == '-' || lex.IsUpper(f[0][0])) && lex.AllDigits(f[1]) && lex.AllDigits(f[2]) && lex.AllDigits(f[3]) {
		s.took, s.tookUnit = value{text: f[3]}, fieldnames.Millis
		return
	}
	if i := bytes.Index(rest[:min(len(rest), 80)], []byte(` "-" `)); i >= 0 {
		if f := fields4(rest[i+4:]); lex.AllDigits(f[0]) && lex.AllDigits(f[1]) && lex.AllDigits(f[2]) {
			s.took, s.tookUnit = value{text: f[2]}, fieldnames.Millis
		}
	}
}

// fields4 returns the first four words of t.
func fields4(t []byte) (f [4][]byte) {
	for k := range f {
		t = bytes.TrimLeft(t, " ")
		f[k], t, _ = bytes.Cut(t, []byte{' '})
	}
	return f
}
