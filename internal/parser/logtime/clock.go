// Package logtime reads times, durations and log levels as loggers write them.
//
// It has no clock of its own: the zone of times that name none and the moment near
// which times without a year were written are the caller's.
package logtime

import (
	"time"

	"wvwatch/internal/parser/lex"
)

// Stamp is a parsed time: Unix nanoseconds, and whether it named its zone.
type Stamp struct {
	Nanos int64
	OK    bool
	Zone  bool
}

// Clock reads times; it is not one. location is the zone of times that name
// none, reference the moment near which times without a year were written.
type Clock struct {
	Location  *time.Location
	Reference time.Time
	last      struct { // the second that was read last: the next lines are of the same one
		text  [20]byte
		n     int   // of text
		civil int64 // seconds since 1970 by the calendar, of no zone
		local int64 // the same in Unix seconds of the location, once it is known
		known bool
	}
	zone   [8]byte // the zone that was read last after a whole second: a log has one or two
	zoned  int     // bytes of zone
	offset int64   // its seconds
}

// Refer sets the reference, near which the second that was read last may no
// longer have its year.
func (c *Clock) Refer(to time.Time) { c.Reference, c.last.n = to, 0 }

// Parse reads a time at the beginning of b and returns the bytes it took.
func (c *Clock) Parse(b []byte) (Stamp, int) {
	if n := c.last.n; n > 0 && len(b) >= n && string(b[:n]) == string(c.last.text[:n]) {
		return c.inSecond(b, n)
	}
	switch {
	case len(b) < 9:
		return Stamp{}, 0
	case lex.IsDigit(b[0]):
		switch {
		case b[2] == '/' && !lex.IsDigit(b[3]):
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
	return Stamp{}, 0
}

// clockTime reads 08:28:19[.fraction][zone] at b[i:] of the given day. keep means
// that b names the second as a whole, so that it need not be read again.
func (c *Clock) clockTime(b []byte, i, y, mo, d int, keep bool) (Stamp, int) {
	h, ok1 := lex.Number(b, i, 2)
	m, ok2 := lex.Number(b, i+3, 2)
	s, ok3 := lex.Number(b, i+6, 2)
	if !ok1 || !ok2 || !ok3 || b[i+2] != ':' || b[i+5] != ':' || mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 || m > 59 || s > 60 {
		return Stamp{}, 0
	}
	c.last.n = 0
	if i += 8; keep {
		c.last.n = copy(c.last.text[:], b[:i])
	}
	c.last.civil, c.last.known = Days(y, mo, d)*86400+int64(h*3600+m*60+s), false
	return c.inSecond(b, i)
}

// inSecond reads [.fraction][zone] at b[i:], within the last second.
func (c *Clock) inSecond(b []byte, i int) (Stamp, int) {
	if z := c.zoned; z > 0 && len(b) >= i+z && string(b[i:i+z]) == string(c.zone[:z]) && (len(b) == i+z || !lex.IsDigit(b[i+z])) {
		return Stamp{(c.last.civil - c.offset) * 1e9, true, true}, i + z
	}
	nanos := int64(0)
	if i+1 < len(b) && (b[i] == '.' || b[i] == ',') && lex.IsDigit(b[i+1]) {
		scale := int64(1e8)
		for i++; i < len(b) && lex.IsDigit(b[i]); i++ {
			nanos += int64(b[i]-'0') * scale
			scale /= 10
		}
	}
	if offset, n, ok := zone(b[i:]); ok {
		if nanos == 0 && n >= len("+0000") && n <= len(c.zone) {
			c.zoned, c.offset = copy(c.zone[:], b[i:i+n]), int64(offset)
		}
		return Stamp{(c.last.civil-int64(offset))*1e9 + nanos, true, true}, i + n
	}
	if !c.last.known {
		c.last.local, c.last.known = c.local(c.last.civil), true
	}
	return Stamp{c.last.local*1e9 + nanos, true, false}, i
}

// local returns the Unix seconds at which clocks of the location show civil. A
// time that they show twice, when they go back, is the one nearer to the
// reference. So is one that they never show, when they go forward: its writer
// goes by the offset of before or after.
func (c *Clock) local(civil int64) int64 {
	offset := func(unix int64) int64 {
		_, seconds := time.Unix(unix, 0).In(c.Location).Zone()
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
	case c.Reference.IsZero():
		return first
	}
	now := c.Reference.Unix()
	if distance(first, now) <= distance(second, now) {
		return first
	}
	return second
}
