package parser

import (
	"bytes"

	"wvwatch/internal/codes"
)

// Licence requests: what access logs say of POST .../licenses, with the status
// of the answer, in a request line or in members of an object.

func outcomeOf(status int) Outcome {
	switch status {
	case 200:
		return Granted
	case 400:
		return Refused
	case 500:
		return Failed
	}
	return Gateway
}

// requestAt notes the licence request whose URL is t[start:end].
func (s *scan) requestAt(t []byte, from, start, end int, path []byte, drm codes.DRM, at place) {
	if s.requestDRM != codes.Unknown || !isLicenceRequest(path) {
		return
	}
	if at.under == keyPath {
		s.requestDRM = drm
		return
	}
	method, ok := bytes.CutSuffix(t[from:start], []byte("POST "))
	if !ok || !bytes.HasPrefix(t[end:], []byte(" HTTP/")) {
		s.logfmtRequest(t, from, start, drm)
		return
	}
	s.requestDRM, s.post = drm, true
	if at.under == keyRequestLine || s.status != 0 {
		return
	}
	rest := t[end+1:]
	if i := bytes.IndexAny(rest, "\" "); i >= 0 && i < 12 {
		if i+1 < len(rest) && rest[i] == '"' && rest[i+1] == ' ' {
			i++
		}
		if status, ok := statusAt(rest, i+1); ok {
			s.status = status
			return
		}
	}
	s.status = haproxyStatus(method)
}

// isLicenceRequest tells a licence request from the server's other paths.
func isLicenceRequest(path []byte) bool {
	return bytes.Contains(path, []byte(renewal)) || bytes.HasSuffix(bytes.TrimSuffix(path, []byte{'/'}), []byte("/licenses"))
}

// logfmtRequest knows path=/... with method=POST and status=400 beside it.
func (s *scan) logfmtRequest(t []byte, from, start int, drm codes.DRM) {
	if start-from < 4 || t[start-1] != '=' && (t[start-1] != '"' || t[start-2] != '=') {
		return
	}
	line := t[from:]
	if m, ok := logfmtValue(line, "method="); !ok || string(m) != "POST" {
		return
	}
	for _, name := range [...]string{"status=", "status_code=", "statusCode=", "code="} {
		if v, ok := logfmtValue(line, name); ok {
			if status, ok := statusAt(v, 0); ok {
				s.requestDRM, s.post, s.status = drm, true, status
				return
			}
		}
	}
}

// logfmtValue returns the value behind name, which ends in its equals sign.
func logfmtValue(t []byte, name string) ([]byte, bool) {
	for i := 0; i < len(t); {
		n := bytes.Index(t[i:], []byte(name))
		if n < 0 {
			break
		}
		i += n
		if i == 0 || beginsField(t[i-1]) {
			v := t[skipQuote(t, i+len(name)):]
			if k := bytes.IndexAny(v, " \t\n\"',;]})&"); k >= 0 {
				v = v[:k]
			}
			return bytes.TrimRight(v, "\\"), len(v) > 0
		}
		i += len(name)
	}
	return nil, false
}

// statusAt reads three digits that nothing touches.
func statusAt(t []byte, i int) (int, bool) {
	v, ok := number(t, i, 3)
	if !ok || v < 100 || v > 599 || i+3 < len(t) && touches(t[i+3]) {
		return 0, false
	}
	return v, true
}

// haproxyStatus finds the status in HAProxy's httplog, which stands behind five
// timers joined by slashes, far before the request.
func haproxyStatus(t []byte) int {
	for i := 0; i < len(t); {
		n := bytes.IndexByte(t[i:], ' ')
		if n < 0 {
			break
		}
		if word := t[i : i+n]; len(word) >= 9 && bytes.Count(word, []byte{'/'}) == 4 && timers(word) {
			if status, ok := statusAt(t, i+n+1); ok {
				return status
			}
		}
		i += n + 1
	}
	return 0
}

func timers(word []byte) bool {
	for _, c := range word {
		if !isDigit(c) && c != '/' && c != '-' && c != '+' {
			return false
		}
	}
	return true
}

// fact keeps what a member says of the record beside its code.
func (s *scan) fact(k key, v value, at place) {
	if k < keyTime {
		return
	}
	switch k {
	case keyTime:
		if at.request && at.level >= s.timeLevel && (s.time.text == nil || at.level > s.timeLevel) {
			s.time, s.timeLevel = v, at.level
		}
	case keyMethod:
		s.post = s.post || at.request && string(v.text) == "POST"
	case keyStatus:
		if n, ok := statusAt(v.text, 0); ok && at.request && s.status == 0 && len(v.text) == 3 {
			s.status = n
		}
	case keyTenant:
		if s.tenant == nil && v.quoted && isTenant(v.text) {
			s.tenant = v.text
		}
	case keyCorrelation:
		if s.correlation == nil && isID(v.text) {
			s.correlation = v.text
		}
	case keyRequestID:
		if s.requestID == nil && isID(v.text) {
			s.requestID = v.text
		}
	}
}

// maxName bounds a tenant's name and an id.
const maxName = 128

func isTenant(t []byte) bool {
	if len(t) == 0 || len(t) > maxName/2 {
		return false
	}
	for _, c := range t {
		if !isWord(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func isID(t []byte) bool {
	return len(t) >= 4 && len(t) <= maxName && bytes.IndexAny(t, " \t\n\\\"{}") < 0
}

// when is the event's time: the innermost that names its zone, else the
// innermost at all, else 0.
func (s *scan) when() int64 {
	if !s.inner.ok {
		s.inner = s.ownTime()
	}
	if s.inner.ok && (s.inner.zone || !s.envelope.zone) {
		return s.inner.nanos
	}
	if s.envelope.ok {
		return s.envelope.nanos
	}
	return 0
}

// ownTime parses the record's time: a member of its object, or what stands at
// the beginning of its text.
func (s *scan) ownTime() stamp {
	text, _ := s.textTime()
	if s.time.text != nil {
		if t, _ := s.clock.parse(s.time.text); t.ok && (t.zone || !text.zone) {
			return t
		}
	}
	return text
}

func (s *scan) textTime() (stamp, int) {
	t := s.raw
	head := t[:min(len(t), 256)]
	if i := bytes.IndexByte(head, '['); i >= 0 && len(head) > i+21 && isDigit(head[i+1]) && head[i+3] == '/' {
		if st, n := s.clock.parse(t[i+1:]); st.ok {
			return st, n
		}
	}
	if len(t) > 1 && t[0] == '<' {
		if i := bytes.IndexByte(t[:min(len(t), 6)], '>'); i > 0 {
			t = bytes.TrimPrefix(t[i+1:], []byte("1 "))
		}
	}
	if len(t) > 1 && (t[0] == '[' || t[0] == '"') {
		t = t[1:]
	}
	if len(t) > 0 && t[0] == '{' {
		return stamp{}, 0
	}
	if st, n := s.clock.parse(t); st.ok {
		return st, n
	}
	for _, name := range [...]string{"time=", "ts=", "timestamp="} {
		if v := bytes.Index(head, []byte(name)); v >= 0 && (v == 0 || beginsField(head[v-1])) {
			return s.clock.parse(s.raw[skipQuote(s.raw, v+len(name)):])
		}
	}
	return stamp{}, 0
}

// textIDs finds a tenant and ids among a record's name=value words.
func (s *scan) textIDs() {
	for _, f := range [...]struct {
		into  *[]byte
		names []string
		valid func([]byte) bool
	}{
		{&s.tenant, tenantNames, isTenant}, {&s.correlation, correlationNames, isID}, {&s.requestID, requestIDNames, isID},
	} {
		for _, name := range f.names {
			if *f.into != nil {
				break
			}
			if v, ok := logfmtValue(s.raw, name); ok && f.valid(v) {
				*f.into = v
			}
		}
	}
}

var (
	tenantNames      = []string{"tenant=", "tenantId=", "tenant_id="}
	correlationNames = []string{"cid=", "correlation_id=", "correlationId=", "x-correlation-id="}
	requestIDNames   = []string{"request_id=", "requestId=", "rid=", "req_id="}
)
