package old

import (
	"bytes"
	"time"
)

// stamp is a parsed time: Unix nanoseconds, and whether it named its zone.
type stamp struct {
	nanos int64
	ok    bool
	zone  bool
}

// clock reads times; it is not one. location is the zone of times that name
// none, reference the moment near which times without a year were written.
type clock struct {
	location  *time.Location
	reference time.Time
	last      struct { // the second that was read last: the next lines are of the same one
		text  [20]byte
		n     int   // of text
		civil int64 // seconds since 1970 by the calendar, of no zone
		local int64 // the same in Unix seconds of the location, once it is known
		known bool
	}
}

// refer sets the reference, near which the second that was read last may no
// longer have its year.
func (c *clock) refer(to time.Time) { c.reference, c.last.n = to, 0 }

// parse reads a time at the beginning of b and returns the bytes it took.
func (c *clock) parse(b []byte) (stamp, int) {
	if n := c.last.n; n > 0 && len(b) >= n && string(b[:n]) == string(c.last.text[:n]) {
		return c.inSecond(b, n)
	}
	switch {
	case len(b) < 9:
		return stamp{}, 0
	case isDigit(b[0]):
		switch {
		case b[2] == '/' && !isDigit(b[3]):
			return c.parseCLF(b)
		case b[4] == '-' || b[4] == '/':
			return c.parseISO(b)
		case b[2] == '-':
			return c.parseLogcat(b)
		}
		return parseEpoch(b)
	case len(b) > 24 && b[3] == ',':
		return c.parseRFC1123(b)
	case b[3] == ' ':
		return c.parseSyslog(b)
	}
	return stamp{}, 0
}

// 2026-11-23T08:28:19.815+01:00 with a blank, a slash, a comma, or no zone.
func (c *clock) parseISO(b []byte) (stamp, int) {
	y, ok1 := number(b, 0, 4)
	m, ok2 := number(b, 5, 2)
	d, ok3 := number(b, 8, 2)
	if !ok1 || !ok2 || !ok3 || len(b) < 19 || b[4] != b[7] || b[10] != 'T' && b[10] != ' ' && b[10] != 't' && b[10] != '_' && b[10] != '\t' {
		return stamp{}, 0
	}
	if b[10] == ' ' && b[11] == '-' && len(b) >= 21 { // gin
		return c.clockTime(b, 13, y, m, d, false)
	}
	return c.clockTime(b, 11, y, m, d, true)
}

// 23/Nov/2026:08:26:39 +0000
func (c *clock) parseCLF(b []byte) (stamp, int) {
	if len(b) < 20 || b[6] != '/' || b[11] != ':' {
		return stamp{}, 0
	}
	d, ok1 := number(b, 0, 2)
	y, ok2 := number(b, 7, 4)
	m := month(b[3:6])
	if !ok1 || !ok2 || m == 0 {
		return stamp{}, 0
	}
	return c.clockTime(b, 12, y, m, d, true)
}

// Mon, 23 Nov 2026 08:28:19 GMT
func (c *clock) parseRFC1123(b []byte) (stamp, int) {
	d, ok1 := number(b, 5, 2)
	y, ok2 := number(b, 12, 4)
	m := month(b[8:11])
	if !ok1 || !ok2 || m == 0 {
		return stamp{}, 0
	}
	return c.clockTime(b, 17, y, m, d, false)
}

// Nov 23 08:26:40 (RFC 3164), also with a year after the day.
func (c *clock) parseSyslog(b []byte) (stamp, int) {
	m := month(b[:3])
	if m == 0 || len(b) < 15 {
		return stamp{}, 0
	}
	day := b[4:6]
	if day[0] == ' ' {
		day = day[1:]
	}
	d, ok := number(day, 0, len(day))
	if !ok || b[6] != ' ' {
		return stamp{}, 0
	}
	if y, ok := number(b, 7, 4); ok && len(b) >= 20 && b[11] == ' ' {
		return c.clockTime(b, 12, y, m, d, false)
	}
	return c.nearestYear(b, 7, m, d)
}

// 11-23 08:28:19.815
func (c *clock) parseLogcat(b []byte) (stamp, int) {
	m, ok1 := number(b, 0, 2)
	d, ok2 := number(b, 3, 2)
	if !ok1 || !ok2 || len(b) < 14 || b[5] != ' ' {
		return stamp{}, 0
	}
	return c.nearestYear(b, 6, m, d)
}

// nearestYear gives a time without a year the one that lands nearest to the reference.
func (c *clock) nearestYear(b []byte, at, m, d int) (stamp, int) {
	if c.reference.IsZero() {
		return stamp{}, 0
	}
	ref := c.reference.UnixNano()
	year, best := 0, stamp{}
	for y := c.reference.Year() - 1; y <= c.reference.Year()+1; y++ {
		s, _ := c.clockTime(b, at, y, m, d, false)
		if s.ok && (!best.ok || distance(s.nanos, ref) < distance(best.nanos, ref)) {
			year, best = y, s
		}
	}
	if !best.ok {
		return stamp{}, 0
	}
	return c.clockTime(b, at, year, m, d, true)
}

func distance(a, b int64) int64 {
	if a > b {
		return a - b
	}
	return b - a
}

// clockTime reads 08:28:19[.fraction][zone] at b[i:] of the given day. keep says
// that b names the second as a whole, so that it need not be read again.
func (c *clock) clockTime(b []byte, i, y, mo, d int, keep bool) (stamp, int) {
	h, ok1 := number(b, i, 2)
	m, ok2 := number(b, i+3, 2)
	s, ok3 := number(b, i+6, 2)
	if !ok1 || !ok2 || !ok3 || b[i+2] != ':' || b[i+5] != ':' || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || m > 59 || s > 60 {
		return stamp{}, 0
	}
	c.last.n = 0
	if i += 8; keep {
		c.last.n = copy(c.last.text[:], b[:i])
	}
	c.last.civil, c.last.known = days(y, mo, d)*86400+int64(h*3600+m*60+s), false
	return c.inSecond(b, i)
}

// inSecond reads [.fraction][zone] at b[i:], within the last second.
func (c *clock) inSecond(b []byte, i int) (stamp, int) {
	nanos := int64(0)
	if i+1 < len(b) && (b[i] == '.' || b[i] == ',') && isDigit(b[i+1]) {
		scale := int64(1e8)
		for i++; i < len(b) && isDigit(b[i]); i++ {
			nanos += int64(b[i]-'0') * scale
			scale /= 10
		}
	}
	if offset, n, ok := zone(b[i:]); ok {
		return stamp{(c.last.civil-int64(offset))*1e9 + nanos, true, true}, i + n
	}
	if !c.last.known {
		c.last.local, c.last.known = c.local(c.last.civil), true
	}
	return stamp{c.last.local*1e9 + nanos, true, false}, i
}

// local returns the Unix seconds at which clocks of the location show civil. A
// time that they show twice, when they go back, is the one nearer to the
// reference. So is one that they never show, when they go forward: its writer
// goes by the offset of before or after.
func (c *clock) local(civil int64) int64 {
	offset := func(unix int64) int64 {
		_, seconds := time.Unix(unix, 0).In(c.location).Zone()
		return int64(seconds)
	}
	const day = 86400 // more than any offset; clocks change less often
	first, second := civil-offset(civil-day), civil-offset(civil+day)
	switch {
	case first == second:
		return first
	case (offset(first) == civil-first) != (offset(second) == civil-second): // only one is shown
		if offset(first) == civil-first {
			return first
		}
		return second
	case c.reference.IsZero():
		return first
	}
	now := c.reference.Unix()
	if distance(first, now) <= distance(second, now) {
		return first
	}
	return second
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
	h, ok := number(b, 1, 2)
	if !ok {
		return 0, 0, false
	}
	m, k := 0, 3
	if len(b) > k && b[k] == ':' {
		k++
	}
	if v, ok := number(b, k, 2); ok {
		m, k = v, k+2
	} else {
		k = 3
	}
	if len(b) > k && isDigit(b[k]) {
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
func parseEpoch(b []byte) (stamp, int) {
	n, v := 0, int64(0)
	for ; n < len(b) && n < 19 && isDigit(b[n]); n++ {
		v = v*10 + int64(b[n]-'0')
	}
	if n < len(b) && isDigit(b[n]) {
		return stamp{}, 0
	}
	switch n {
	case 9, 10:
		v *= 1e9
		if n+1 < len(b) && b[n] == '.' && isDigit(b[n+1]) {
			scale := int64(1e8)
			for n++; n < len(b) && isDigit(b[n]); n++ {
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
		return stamp{}, 0
	}
	return stamp{v, true, true}, n
}

// days counts from 1970-01-01 in the proleptic Gregorian calendar.
func days(y, m, d int) int64 {
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

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

func month(b []byte) int {
	for i := 0; i < 12; i++ {
		if monthNames[3*i] == b[0] && monthNames[3*i+1] == b[1] && monthNames[3*i+2] == b[2] {
			return i + 1
		}
	}
	return 0
}

// number reads exactly n digits at b[i:].
func number(b []byte, i, n int) (v int, ok bool) {
	if i+n > len(b) || n == 0 {
		return 0, false
	}
	for _, c := range b[i : i+n] {
		if !isDigit(c) {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
