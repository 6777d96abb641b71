package metrics

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// DayState is the last day of one code, or of one drm's requests with one
// outcome.
type DayState struct {
	DRM     string `json:"drm"`
	Code    int    `json:"code,omitempty"` // 0 for the unlisted ones over the limit, and for requests
	Outcome string `json:"outcome,omitempty"`
	// Hours are those in which anything happened, with blanks between them: the
	// hour after 1970, a colon, and the count of each minute. Counts are varints
	// in base64, those at the end that are 0 left out. An hour that is over is
	// written once and kept, so a checkpoint is not slow for its sake.
	Hours string `json:"hours"`
}

var hourEncoding = base64.RawStdEncoding

// string returns h as a checkpoint has it. h must be shared: it changes no more.
func (h *hour) string() string {
	if text := h.text.Load(); text != nil {
		return *text
	}
	last := len(h.minutes)
	for last > 0 && h.minutes[last-1] == 0 {
		last--
	}
	packed := make([]byte, 0, 2*len(h.minutes))
	for _, n := range h.minutes[:last] {
		packed = binary.AppendUvarint(packed, uint64(n))
	}
	text := strconv.FormatInt(h.at, 10) + ":" + hourEncoding.EncodeToString(packed)
	h.text.Store(&text)
	return text
}

// readHour calls f for every minute of an hour's text; what is no such text is
// left out.
func readHour(text string, f func(at int64, n uint32)) {
	number, counts, _ := strings.Cut(text, ":")
	at, err := strconv.ParseInt(number, 10, 64)
	packed, err2 := hourEncoding.DecodeString(counts)
	if err != nil || err2 != nil || at < 0 || at > math.MaxInt64/int64(time.Hour) {
		return
	}
	for i := int64(0); i < 60 && len(packed) > 0; i++ {
		n, size := binary.Uvarint(packed)
		if size <= 0 || n > math.MaxUint32 {
			return
		}
		packed = packed[size:]
		if n > 0 {
			f(at*60+i, uint32(n))
		}
	}
}

// text returns the hours of d that are not older than the retention before now.
func (d *day) text(now int64) string {
	if d == nil {
		return ""
	}
	var b strings.Builder
	for _, h := range d.hours {
		if h != nil && h.at >= (now-minutesKept+1)/60 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(h.string())
		}
	}
	return b.String()
}

// state describes days; now is in Unix nanoseconds.
func (d *days) state(cat *codes.Catalogue, now int64) (states []DayState) {
	keep := func(st DayState, one *day) {
		if st.Hours = one.text(minuteOf(now)); st.Hours != "" {
			states = append(states, st)
		}
	}
	for i, one := range d.listed {
		if one != nil {
			e := cat.At(i)
			keep(DayState{DRM: e.DRM.String(), Code: e.Code}, one)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(d.late), func(a, b codeKey) int { return cmp.Or(cmp.Compare(a.drm, b.drm), cmp.Compare(a.code, b.code)) }) {
		keep(DayState{DRM: k.drm.String(), Code: int(k.code)}, d.late[k])
	}
	for drm := range d.requests {
		for o, one := range d.requests[drm] {
			keep(DayState{DRM: codes.DRM(drm).String(), Outcome: parser.Outcome(o).String()}, one)
		}
	}
	return states
}

// restore adds what an earlier run counted.
func (d *days) restore(cat *codes.Catalogue, st DayState) {
	drm := drmNamed(st.DRM)
	var at **day
	late := codeKey{drm, otherCode}
	switch i := cat.Index(drm, st.Code); {
	case st.Outcome != "":
		for o := range parser.NumOutcomes {
			if o.String() == st.Outcome {
				at = &d.requests[drm][o]
			}
		}
		if at == nil {
			return
		}
	case i >= 0:
		at = &d.listed[i]
	default:
		if st.Code > 0 && st.Code <= math.MaxInt32 {
			late.code = int32(st.Code)
		}
		one := d.late[late]
		at = &one
		defer func() {
			if one != nil {
				d.late[late] = one
			}
		}()
	}
	for text := range strings.FieldsSeq(st.Hours) {
		// Each is taken to be in the retention: what is older is not shown,
		// and makes room for what comes.
		readHour(text, func(minute int64, n uint32) { t := minute * int64(time.Minute); *at = (*at).add(t, t, n) })
	}
}
