package metrics

import (
	"strconv"

	"wvwatch/internal/codes"
)

// codeLabels is a code as its series name it. It is immutable, and shared by all series
// of the code.
type codeLabels struct {
	entry  codes.Entry
	code   string // value of the label "code"
	drm    string // value of the label "drm"
	family uint64 // a hash of server and category, by which clients are counted
	index  int    // in the catalogue; -1 for an unlisted code
}

func newCodeLabels(e codes.Entry, index int) *codeLabels {
	c := &codeLabels{entry: e, index: index, code: Other, drm: e.DRM.String(), family: uint64(e.DRM) + 1}
	for _, b := range []byte(e.Category) {
		c.family = (c.family ^ uint64(b)) * 0x100000001b3
	}
	if e.Code != otherCode {
		c.code = strconv.Itoa(e.Code)
	}
	return c
}

// seriesLabels names a series of codes inside a source. It is immutable and shared by
// sources and snapshots.
type seriesLabels struct {
	*codeLabels
	labels []string // values in the order of Config.Labels; nil where all are unknown
}

// value returns the value of the label with that index; "" for index -1.
func (id *seriesLabels) value(i int) string {
	if i < 0 || id.labels == nil {
		return ""
	}
	return id.labels[i]
}

// otherCode represents the unlisted codes over the limit; it is no code of any
// server. Its entry has Code 0.
const otherCode = 0

// codeKey and cellKey identify what has no place of its own by catalogue index.
type codeKey struct {
	drm  codes.DRM
	code int32
}

type seriesKey struct {
	codeKey
	tuple int32
}

// codeSeries counts one code with one tuple of label values.
type codeSeries struct {
	*seriesLabels
	occurrences uint64
	incidents   uint64
	first, last int64 // event times in Unix nanoseconds; only where occurrences > 0
	created     int64 // when the series began to exist
	exposure    exposure
	history     history
}

// count adds one event that happened at t, and who failed: each client once in a
// while, in the step that detectors count it in.
func (c *codeSeries) count(t, now, incidents int64, unjudged int64, failed counts, hash uint64) {
	if c.occurrences == 0 {
		c.first, c.last = t, t
	}
	c.occurrences++
	c.incidents += uint64(incidents)
	c.first, c.last = min(c.first, t), max(c.last, t)
	n := counts{occurrences: 1, incidents: uint32(incidents)}
	at, read := stepOf(t), stepOf(now)
	if at == unjudged {
		n.add(failed)
	} else {
		c.history.add(at, read, n)
		n = failed
	}
	if n == (counts{}) {
		return
	}
	if s := c.history.add(unjudged, read, n); failed.clients > 0 {
		s.note(hash)
	}
}

// take adds what another series of the code counted. Its windows are empty: nothing of
// it was read for days.
func (c *codeSeries) take(from *codeSeries) {
	if from.occurrences == 0 {
		return
	}
	if c.occurrences == 0 {
		c.first, c.last = from.first, from.last
	}
	c.occurrences += from.occurrences
	c.incidents += from.incidents
	c.first, c.last = min(c.first, from.first), max(c.last, from.last)
}

// merge adds what an earlier run counted.
func (c *codeSeries) merge(st CodeState) {
	if st.Occurrences > 0 && c.occurrences > 0 {
		c.first, c.last = min(c.first, st.First), max(c.last, st.Last)
	} else if st.Occurrences > 0 {
		c.first, c.last = st.First, st.Last
	}
	c.occurrences += st.Occurrences
	c.incidents += st.Incidents
	if st.Created != 0 {
		c.created = st.Created
	}
	if st.Seen {
		c.exposure = 0
	}
	st.Steps.each(func(s step) {
		s.clients, s.minutely = s.incidents, s.incidents // who they were is in no checkpoint
		c.history.merge(s)
	})
}
