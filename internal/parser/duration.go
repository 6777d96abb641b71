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
	digits, ok := 0, true
	for digits < len(v.text) && ok {
		c := v.text[digits]
		ok = isDigit(c) || c == '.' || c == '-' || c|0x20 == 'e'
		if ok {
			digits++
		}
	}
	if digits < len(v.text) {
		d, err := time.ParseDuration(string(v.text))
		if err != nil {
			return 0
		}
		return d
	}
	n, err := strconv.ParseFloat(string(v.text), 64)
	if err != nil || n < 0 {
		return 0
	}
	scale := float64(time.Second)
	switch unit {
	case keyMillis:
		scale = float64(time.Millisecond)
	case keyNanos:
		scale = 1
	case keyTook:
		switch whole := !bytes.ContainsAny(v.text, ".eE"); {
		case whole && n >= 1e6:
			scale = 1 // no request lasts a thousand seconds, many log nanoseconds
		case whole:
			scale = float64(time.Millisecond)
		}
	}
	if n*scale > float64(maxDuration) {
		return 0
	}
	return time.Duration(n * scale)
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
