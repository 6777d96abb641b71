package parser

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
		s.lasted = durationOf(s.took, s.tookUnit)
	}
	if s.lasted < 0 || s.lasted > maxDuration {
		return 0
	}
	return s.lasted
}

// durationOf reads a number in the unit of its key; a text may name its own.
func durationOf(v value, unit key) time.Duration {
	whole, billionths, point, ok := decimal(v.text)
	if !ok {
		return oddDuration(v.text, unit)
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
	case keyTook:
		switch {
		case !point && n >= 1e6:
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
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	for i := 0; i < len(rest); { // each = has a name before it
		n := bytes.IndexByte(rest[i:], '=')
		if n < 0 {
			break
		}
		i += n
		start := i
		for start > 0 && isWord(rest[start-1]) {
			start--
		}
		unit := keySeconds
		switch string(rest[start:i]) {
		case "rt", "request_time":
		case "duration", "took", "elapsed", "latency":
			unit = keyTook
		case "duration_ms", "response_time":
			unit = keyMillis
		default:
			i++
			continue
		}
		end := i + 1
		for end < len(rest) && !isSpace(rest[end]) && rest[end] != '"' && rest[end] != ',' {
			end++
		}
		s.took, s.tookUnit = value{text: rest[i+1 : end]}, unit
		return
	}
	// Envoy: flags, bytes in, bytes out, milliseconds, upstream's milliseconds
	var word [5][]byte
	for k := range word {
		rest = bytes.TrimLeft(rest, " ")
		i := bytes.IndexByte(rest, ' ')
		if i < 0 {
			return
		}
		word[k], rest = rest[:i], rest[i:]
	}
	if len(word[0]) > 0 && (word[0][0] == '-' || word[0][0] >= 'A' && word[0][0] <= 'Z') && allDigits(word[1]) && allDigits(word[2]) && allDigits(word[3]) {
		s.took, s.tookUnit = value{text: word[3]}, keyMillis
	}
}
