package metrics

import (
	"sync/atomic"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// DayRetention is how far back minutes are kept, long after the steps of 10 s: two
// days, so that a day can be compared with the one before it.
const DayRetention = 48 * time.Hour

const (
	minutesKept = int64(DayRetention / time.Minute)
	hoursKept   = minutesKept/60 + 1 // the retention begins inside an hour
)

// minuteOf returns the number of the minute that holds a Unix time in nanoseconds.
func minuteOf(nanos int64) int64 { return nanos / int64(time.Minute) }

// hour is what happened in each minute of one hour: 256 bytes.
type hour struct {
	at      int64 // Unix time in hours
	minutes [60]uint32
	text    atomic.Pointer[string] // as a checkpoint has it, once one asked
}

// day holds the last DayRetention of one series by the minute. Only hours in which
// anything happened take memory, 13 kB if all did. A nil day is one in which nothing
// happened.
//
// A snapshot takes the pointer as it is and marks the day shared; the next
// change works on a copy, of the list and of the one hour that changes.
type day struct {
	hours  [hoursKept]*hour // by their number modulo hoursKept
	own    uint64           // bit set of the hours that no snapshot has
	shared bool

	from int64   // when the minute began that was counted in last, Unix nanoseconds
	last *uint32 // its count: events come almost in order
}

// add counts n at t and returns d, or what replaces it. What is older than the
// retention before now is left out. Both times are Unix nanoseconds.
func (d *day) add(t, now int64, n uint32) *day {
	if d != nil && !d.shared && uint64(t-d.from) < uint64(time.Minute) {
		*d.last += n
		return d
	}
	at := minuteOf(t)
	if at <= minuteOf(now)-minutesKept || t > now+int64(2*maxAhead) {
		return d
	}
	switch {
	case d == nil:
		d = &day{}
	case d.shared:
		d = &day{hours: d.hours}
	}
	slot := (at / 60) % hoursKept
	h := d.hours[slot]
	switch {
	case h == nil || h.at != at/60: // its content is a day old, or of before the clock was set back
		h = &hour{at: at / 60}
	case d.own&(1<<slot) == 0:
		h = &hour{at: h.at, minutes: h.minutes}
	}
	d.hours[slot], d.own = h, d.own|1<<slot
	d.from, d.last = at*int64(time.Minute), &h.minutes[at%60]
	*d.last += n
	return d
}

// each calls f for every minute from first to last in which anything happened, in
// no order.
func (d *day) each(first, last int64, f func(at int64, n uint32)) {
	if d == nil {
		return
	}
	for _, h := range d.hours {
		if h == nil || h.at < first/60 || h.at > last/60 {
			continue
		}
		for i, n := range h.minutes {
			if at := h.at*60 + int64(i); n > 0 && at >= first && at <= last {
				f(at, n)
			}
		}
	}
}

// days are the days of a source: of each of its codes, whatever the tenant, and
// of its requests.
type days struct {
	listed   []*day // by catalogue index
	late     map[codeKey]*day
	requests [codes.NumDRM][parser.NumOutcomes]*day
}

func newDays(listed int) days {
	return days{listed: make([]*day, listed), late: make(map[codeKey]*day)}
}

// count adds one incident of a code, or of otherCode, at t.
func (d *days) count(cat *codes.Catalogue, e *codes.Entry, t, now int64) {
	if i := cat.Index(e.DRM, e.Code); i >= 0 {
		d.listed[i] = d.listed[i].add(t, now, 1)
		return
	}
	key := codeKey{e.DRM, int32(e.Code)}
	was := d.late[key]
	if is := was.add(t, now, 1); is != was {
		d.late[key] = is
	}
}

// countRequest adds one licence request.
func (d *days) countRequest(drm codes.DRM, o parser.Outcome, t, now int64) {
	p := &d.requests[drm][o]
	*p = (*p).add(t, now, 1)
}

// share returns what a snapshot reads; all of it is shared from now on.
func (d *days) share() days {
	v := days{listed: make([]*day, len(d.listed)), late: make(map[codeKey]*day, len(d.late)), requests: d.requests}
	copy(v.listed, d.listed)
	for _, one := range d.listed {
		one.share()
	}
	for k, one := range d.late {
		one.share()
		v.late[k] = one
	}
	for _, outcomes := range d.requests {
		for _, one := range outcomes {
			one.share()
		}
	}
	return v
}

func (d *day) share() {
	if d != nil {
		d.shared = true
	}
}

// Day is a snapshot's last minutes, one by one.
type Day struct {
	Start time.Time // when the first minute began
	Len   int       // minutes; the last is the one that is not over yet

	first, last int64
	cat         *codes.Catalogue
	sources     []*sourceSnapshot
}

// Day returns the minutes of the last over, at most DayRetention, of event time.
func (s Snapshot) Day(over time.Duration) Day {
	n := int64(min(over, DayRetention) / time.Minute)
	last := minuteOf(s.Now.UnixNano())
	first := last - n + 1
	return Day{Start: time.Unix(0, first*int64(time.Minute)), Len: int(n), first: first, last: last, cat: s.cat, sources: s.sources}
}

// Codes calls f for every minute, counted from 0, in which incidents of a source's
// code began; tenants are added up.
func (d Day) Codes(f func(source string, e codes.Entry, at int, incidents uint64)) {
	for _, v := range d.sources {
		of := func(e codes.Entry, one *day) {
			one.each(d.first, d.last, func(at int64, n uint32) { f(v.name, e, int(at-d.first), uint64(n)) })
		}
		for i, one := range v.days.listed {
			if one != nil {
				of(d.cat.At(i), one)
			}
		}
		for k, one := range v.days.late {
			of(d.cat.Resolve(k.drm, int(k.code)), one)
		}
	}
}

// Requests calls f for every minute in which any licence request of a source and
// drm ended with an outcome.
func (d Day) Requests(f func(source string, drm codes.DRM, o parser.Outcome, at int, n uint64)) {
	for _, v := range d.sources {
		for drm := range v.days.requests {
			for o, one := range v.days.requests[drm] {
				one.each(d.first, d.last, func(at int64, n uint32) {
					f(v.name, codes.DRM(drm), parser.Outcome(o), int(at-d.first), uint64(n))
				})
			}
		}
	}
}
