package logtime

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// 2026-11-23T08:28:19.815+01:00 with a blank, a slash, a comma, or no zone.
func (c *Clock) parseISO(b []byte) (Stamp, int) {
	y, ok1 := lex.Number(b, 0, 4)
	m, ok2 := lex.Number(b, 5, 2)
	d, ok3 := lex.Number(b, 8, 2)
	if !ok1 || !ok2 || !ok3 || len(b) < 19 || b[4] != b[7] || b[10] != 'T' && b[10] != ' ' && b[10] != 't' && b[10] != '_' && b[10] != '\t' {
		return Stamp{}, 0
	}
	if b[10] == ' ' && b[11] == '-' && len(b) >= 21 { // gin
		return c.clockTime(b, 13, y, m, d, false)
	}
	return c.clockTime(b, 11, y, m, d, true)
}

// parseCLF parses a time such as 23/Nov/2026:08:26:39 +0000.
func (c *Clock) parseCLF(b []byte) (Stamp, int) {
	if len(b) < 20 || b[6] != '/' || b[11] != ':' {
		return Stamp{}, 0
	}
	d, ok1 := lex.Number(b, 0, 2)
	y, ok2 := lex.Number(b, 7, 4)
	m := Month(b[3:6])
	if !ok1 || !ok2 || m == 0 {
		return Stamp{}, 0
	}
	return c.clockTime(b, 12, y, m, d, true)
}

// parseRFC1123 parses a time such as Mon, 23 Nov 2026 08:28:19 GMT.
func (c *Clock) parseRFC1123(b []byte) (Stamp, int) {
	d, ok1 := lex.Number(b, 5, 2)
	y, ok2 := lex.Number(b, 12, 4)
	m := Month(b[8:11])
	if !ok1 || !ok2 || m == 0 {
		return Stamp{}, 0
	}
	return c.clockTime(b, 17, y, m, d, false)
}

// Nov 23 08:26:40 (RFC 3164), also with a year after the day.
func (c *Clock) parseSyslog(b []byte) (Stamp, int) {
	m := Month(b[:3])
	if m == 0 || len(b) < 15 {
		return Stamp{}, 0
	}
	day := b[4:6]
	if day[0] == ' ' {
		day = day[1:]
	}
	d, ok := lex.Number(day, 0, len(day))
	if !ok || b[6] != ' ' {
		return Stamp{}, 0
	}
	if y, ok := lex.Number(b, 7, 4); ok && len(b) >= 20 && b[11] == ' ' {
		return c.clockTime(b, 12, y, m, d, false)
	}
	return c.nearestYear(b, 7, m, d)
}

// 11-23 08:28:19.815
func (c *Clock) parseLogcat(b []byte) (Stamp, int) {
	m, ok1 := lex.Number(b, 0, 2)
	d, ok2 := lex.Number(b, 3, 2)
	if !ok1 || !ok2 || len(b) < 14 || b[5] != ' ' {
		return Stamp{}, 0
	}
	return c.nearestYear(b, 6, m, d)
}

// nearestYear gives a time without a year the one that lands nearest to the reference.
func (c *Clock) nearestYear(b []byte, at, m, d int) (Stamp, int) {
	if c.Reference.IsZero() {
		return Stamp{}, 0
	}
	ref := c.Reference.UnixNano()
	year, best := 0, Stamp{}
	for y := c.Reference.Year() - 1; y <= c.Reference.Year()+1; y++ {
		s, _ := c.clockTime(b, at, y, m, d, false)
		if s.OK && (!best.OK || distance(s.Nanos, ref) < distance(best.Nanos, ref)) {
			year, best = y, s
		}
	}
	if !best.OK {
		return Stamp{}, 0
	}
	return c.clockTime(b, at, year, m, d, true)
}

func distance(a, b int64) int64 {
	if a > b {
		return a - b
	}
	return b - a
}

// zone reads Z, UTC, GMT, +01:00, +0100 or +01, after at most one blank.
func zone(b []byte) (seconds, n int, ok bool) {
	if len(b) > 0 && b[0] == ' ' {
		b, n = b[1:], 1
	}
	if len(b) == 0 {
		return 0, 0, false
	}
	switch {
	case b[0] == 'Z' || b[0] == 'z':
		return 0, n + 1, true
	case bytes.HasPrefix(b, []byte("UTC")) || bytes.HasPrefix(b, []byte("GMT")):
		return 0, n + 3, true
	case b[0] != '+' && b[0] != '-':
		return 0, 0, false
	}
	h, ok := lex.Number(b, 1, 2)
	if !ok {
		return 0, 0, false
	}
	m, k := 0, 3
	if len(b) > k && b[k] == ':' {
		k++
	}
	if v, ok := lex.Number(b, k, 2); ok {
		m, k = v, k+2
	} else {
		k = 3
	}
	if len(b) > k && lex.IsDigit(b[k]) {
		return 0, 0, false // "-1234": not a zone but a field
	}
	seconds = h*3600 + m*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, n + k, true
}

// parseEpoch reads Unix seconds, milli-, micro- or nanoseconds by their length,
// seconds also with a fraction.
func parseEpoch(b []byte) (Stamp, int) {
	n, v := 0, int64(0)
	for ; n < len(b) && n < 19 && lex.IsDigit(b[n]); n++ {
		v = v*10 + int64(b[n]-'0')
	}
	if n < len(b) && lex.IsDigit(b[n]) {
		return Stamp{}, 0
	}
	switch n {
	case 9, 10:
		v *= 1e9
		if n+1 < len(b) && b[n] == '.' && lex.IsDigit(b[n+1]) {
			scale := int64(1e8)
			for n++; n < len(b) && lex.IsDigit(b[n]); n++ {
				v += int64(b[n]-'0') * scale
				scale /= 10
			}
		}
	case 13:
		v *= 1e6
	case 16:
		v *= 1e3
	case 19:
	default:
		return Stamp{}, 0
	}
	return Stamp{v, true, true}, n
}

// Days counts from 1970-01-01 in the proleptic Gregorian calendar.
func Days(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// daysIn returns how many days month m, 1 to 12, of year y has.
func daysIn(y, m int) int {
	if m == 2 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (m+m>>3)&1
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Month returns the number of the month of which b begins with the English abbreviation, or 0.
func Month(b []byte) int {
	for i := range 12 {
		if monthNames[3*i] == b[0] && monthNames[3*i+1] == b[1] && monthNames[3*i+2] == b[2] {
			return i + 1
		}
	}
	return 0
}
