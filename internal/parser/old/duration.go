package old

import (
	"bytes"
	"strconv"
	"time"
)

// maxDuration bounds how long a request may have taken; what is longer is
// another number.
const maxDuration = time.Hour

// duration is how long the record's request took, 0 where it does not say.
func (s *scan) duration() time.Duration {
	if s.lasted == 0 && s.took.text != nil {
		s.lasted = durationOf(s.took, s.tookUnit, s.zap)
	}
	if s.lasted < 0 || s.lasted > maxDuration {
		return 0
	}
	return s.lasted
}

// durationOf reads a number in the unit of its key; a text may name its own.
// zap says that the record's logger is zap, whose fractions are seconds; those of
// others are milliseconds as often, so none is better than a guess.
func durationOf(v value, unit key, zap bool) time.Duration {
	whole, billionths, point, ok := decimal(v.text)
	if !ok {
		return oddDuration(v.text, unit)
	}
	if unit == keyTook && point && whole > 0 && !zap {
		return 0
	}
	scale := scaleOf(unit, float64(whole), point)
	if whole > int64(maxDuration/scale) {
		return 0
	}
	d := time.Duration(whole)*scale + time.Duration(billionths)*scale/1e9
	if d > maxDuration {
		return 0
	}
	return d
}

// scaleOf returns what n is a number of; point says that it has a fraction.
func scaleOf(unit key, n float64, point bool) time.Duration {
	switch unit {
	case keyMillis:
		return time.Millisecond
	case keyNanos:
		return 1
	case keyTook, keyTaken:
		switch {
		case !point && n >= 1e6 && unit == keyTook:
			return 1 // no request lasts a thousand seconds, many log nanoseconds
		case !point:
			return time.Millisecond
		}
	}
	return time.Second
}

// decimal reads a plain number: its whole part, and what is behind its point in
// billionths.
func decimal(t []byte) (whole, billionths int64, point, ok bool) {
	i := 0
	for ; i < len(t) && i < 13 && isDigit(t[i]); i++ {
		whole = whole*10 + int64(t[i]-'0')
	}
	if i == 0 || i == len(t) {
		return whole, 0, false, i > 0 && i < 13
	}
	if t[i] != '.' {
		return 0, 0, false, false
	}
	scale := int64(1e8)
	for i++; i < len(t) && isDigit(t[i]); i++ {
		billionths += int64(t[i]-'0') * scale
		scale /= 10
	}
	return whole, billionths, true, i == len(t)
}

// oddDuration reads what is no plain number: 1.5e-3, 12ms.
func oddDuration(t []byte, unit key) time.Duration {
	n, err := strconv.ParseFloat(string(t), 64)
	if err != nil {
		d, err := time.ParseDuration(string(t))
		if err != nil {
			return 0
		}
		return d
	}
	n *= float64(scaleOf(unit, n, bytes.ContainsAny(t, ".eE")))
	if !(n >= 0 && n <= float64(maxDuration)) {
		return 0
	}
	return time.Duration(n)
}

// textDuration finds the duration behind the status of an access log's line:
// nginx's rt=0.003 and its like, Envoy's third number.
func (s *scan) textDuration(rest []byte) {
	if s.took.text != nil {
		return
	}
	rest = firstLine(rest)
	for f := (textFields{text: rest}); f.next(); {
		if !f.key.isDuration() {
			continue
		}
		i := skipQuote(rest, f.at)
		end := i
		for end < len(rest) && !isSpace(rest[end]) && rest[end] != '"' && rest[end] != ',' {
			end++
		}
		s.took, s.tookUnit = value{text: rest[i:end]}, f.key
		return
	}
	s.envoyDuration(rest)
	if i := bytes.LastIndexByte(rest, ' '); s.took.text == nil && i >= 0 { // Traefik's last word
		if v := rest[i+1:]; len(v) > 2 && isDigit(v[0]) && v[len(v)-1] == 's' {
			s.took, s.tookUnit = value{text: v}, keyTook
		}
	}
}

// envoyDuration reads Envoy's numbers: flags, bytes in, bytes out, milliseconds;
// Istio has more words before them, the last of which is a quoted dash.
func (s *scan) envoyDuration(rest []byte) {
	f := fields4(rest)
	if len(f[0]) > 0 && (f[0][0] == '-' || isUpper(f[0][0])) && allDigits(f[1]) && allDigits(f[2]) && allDigits(f[3]) {
		s.took, s.tookUnit = value{text: f[3]}, keyMillis
		return
	}
	if i := bytes.Index(rest[:min(len(rest), 80)], []byte(` "-" `)); i >= 0 {
		if f := fields4(rest[i+4:]); allDigits(f[0]) && allDigits(f[1]) && allDigits(f[2]) {
			s.took, s.tookUnit = value{text: f[2]}, keyMillis
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
