package privacy

import (
	"bytes"
	"regexp"
	"strconv"
)

const (
	clock  = `\d{2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?`
	zone   = `(?: ?(?:Z|UTC|GMT|[A-Z]{3,4}\b|[+-]\d{2}:?\d{2}))?`
	month  = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	day    = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)`
	recent = `20(?:1[5-9]|[2-9]\d)` // the years of a log
)

// timeForms are how a log writes when something happened: a day with a time of
// day, in a year of logs. A day alone could be that of a birth.
var timeForms = regexp.MustCompile(`^(?:` +
	recent + `[-/.]\d{2}[-/.]\d{2}[T _]` + clock + zone + `|` + // ISO 8601, RFC 3339, nginx, Go
	recent + `\d{4}T\d{6}Z?|` +
	`(?:\d{2}|\d)[/-]` + month + `[/-]` + recent + `[: ]` + clock + `(?: [+-]\d{4})?|` + // common log format, Erlang
	`(?:` + day + `,? )?` + month + ` [ \d]?\d (?:` + recent + ` )?` + clock + `(?: ` + recent + `)?|` + // syslog, ctime
	day + `, \d{2} ` + month + ` ` + recent + ` ` + clock + zone + `|` + // RFC 1123
	`\d{2}[-/]\d{2} ` + clock + `|` + // logcat
	clock + `)`)

// longest is more than the longest form of a time.
const longest = 48

// findTimes notes where times are.
func (r *structure) findTimes() {
	r.times = make([]int32, len(r.b))
	for i := 0; i < len(r.b); i++ {
		c := r.b[i]
		if !isDigit(c) && (c < 'A' || c > 'W') || i > 0 && (isWord(r.b[i-1]) || bytes.IndexByte([]byte(":.-/+%@"), r.b[i-1]) >= 0) {
			continue
		}
		m := timeForms.Find(r.b[i:min(len(r.b), i+longest)])
		end := i + len(m)
		if len(m) == 0 || end < len(r.b) && (isWord(r.b[end]) || r.b[end] == ':' && end+1 < len(r.b) && isWord(r.b[end+1])) ||
			bytes.Contains(m, []byte("T00:00:00")) {
			continue
		}
		r.times[i] = int32(end)
		i = end - 1
	}
}

// isEpoch reports whether w is a time in seconds, milliseconds, microseconds or
// nanoseconds since 1970, in a year of logs.
func isEpoch(w []byte) bool {
	whole, _, _ := bytes.Cut(w, []byte("."))
	n, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil {
		return false
	}
	for _, unit := range []int64{1, 1e3, 1e6, 1e9} {
		if s := n / unit; s >= 1_420_070_400 && s < 4_102_444_800 && (unit == 1 || n >= 1_420_070_400*unit) {
			return true
		}
	}
	return false
}

// groupDigits is how many digits, with blanks and punctuation between them, make
// the number of a card, a telephone or an account.
const groupDigits = 7

// findGroups notes the digits of numbers that are written in groups, such as
// 4111 1111 1111 1111.
func (r *structure) findGroups() {
	r.group = make([]int32, len(r.b))
	for i := 0; i < len(r.b); {
		if end := int(r.times[i]); end > 0 {
			i = end
			continue
		}
		if !isDigit(r.b[i]) {
			i++
			continue
		}
		start, end, digits, numbers := i, i, 0, 0
		for {
			from := i
			for i < len(r.b) && isDigit(r.b[i]) {
				i++
			}
			if i < len(r.b) && (isWord(r.b[i]) || r.b[i] == '%') || int(r.times[from]) > 0 {
				break // 12ms
			}
			digits, numbers, end = digits+i-from, numbers+1, i
			gap := i
			for gap < len(r.b) && gap-i < 3 && bytes.IndexByte([]byte(" .,/'()+-_*:"), r.b[gap]) >= 0 {
				gap++
			}
			if gap == i || gap == len(r.b) || !isDigit(r.b[gap]) {
				break
			}
			i = gap
		}
		if digits >= groupDigits && numbers > 1 {
			for j := start; j < end; j++ {
				r.group[j] = int32(end)
			}
		}
		i = max(i, start+1)
	}
}
