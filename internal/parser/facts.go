package parser

import (
	"bytes"

	"wvwatch/internal/codes"
)

// What a record says beside its codes: its time, tenant and ids, the request
// it is about.

// fact keeps what a member says of the record beside its code.
func (s *scan) fact(k key, v value, at place) {
	if k < keyTime && k != keyCode {
		return
	}
	switch k {
	case keyPath, keyRequestLine:
		if r := at.rank(); at.request && r.before(s.pathRank) && bytes.IndexByte(v.text, '/') >= 0 {
			s.pathRank = r
			if r.before(s.requestRank) {
				s.requestDRM = codes.Unknown // the record's own path leads elsewhere
			}
		}
		if len(s.p.format.paths) > 0 && s.requestPath == nil && at.request && bytes.IndexByte(v.text, '/') >= 0 {
			s.requestPath = v.text
			if k == keyRequestLine {
				s.requestPath = textRequestPath(v.text)
			}
		}
	case keySeconds, keyMillis, keyNanos, keyTook, keyTaken:
		if r := at.rank(); at.request && r.before(s.tookRank) && !(s.tookRank == 0 && s.took.text != nil) {
			s.took, s.tookUnit, s.tookRank = v, k, r
		}
	case keyTime, keyTS:
		if at.request && at.level >= s.timeLevel && (s.time.text == nil || at.level > s.timeLevel || at.depth < s.timeDepth) {
			s.time, s.timeLevel, s.timeDepth = v, at.level, at.depth
		}
		s.zap = s.zap || at.request && k == keyTS
	case keyMethod:
		if r := at.rank(); at.request && r.before(s.methodRank) {
			s.methodRank, s.post = r, bytes.EqualFold(v.text, []byte("POST"))
		}
	case keyStatus:
		if n, ok := wholeStatus(v.text); ok && at.request && at.rank().before(s.statusRank) {
			s.status, s.statusRank = n, at.rank()
		}
	case keyCode:
		if n, ok := wholeStatus(v.text); ok && at.request && at.rank().before(s.codeRank) {
			s.statusCode, s.codeRank = n, at.rank()
		}
	case keyErrorRecord:
		s.noAccess = true
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
	if len(t) < 4 || len(t) > maxName {
		return false
	}
	for _, c := range t {
		if endsID[c] {
			return false
		}
	}
	return true
}

var endsID = [256]bool{' ': true, '\t': true, '\n': true, '\\': true, '"': true, '{': true, '}': true}

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
	var member stamp
	if s.time.text != nil {
		member, _ = s.clock.parse(s.time.text)
		if member.zone && !(s.textual.zone && s.textLevel > s.timeLevel) {
			return member
		}
	}
	if s.textual.zone && s.textLevel > s.timeLevel {
		return s.textual
	}
	if text, _ := s.textTime(); text.zone || !member.ok {
		return text
	}
	return member
}

// textTime reads the time in the text of the record.
func (s *scan) textTime() (stamp, int) { return s.timeOf(s.raw[s.head:]) }

// balancers' lines begin with what the client spoke.
var protocols = words("http ", "https ", "h2 ", "grpcs ", "ws ", "wss ", "[GIN] ")

// timeOf reads the time that stands at the beginning of a text, or in brackets or
// behind its name a little further on.
func (s *scan) timeOf(t []byte) (stamp, int) {
	if len(t) > 0 && !isDigit(t[0]) && t[0] != '{' {
		for _, p := range protocols {
			if bytes.HasPrefix(t, p) {
				t = t[len(p):]
				break
			}
		}
	}
	head := t[:min(len(t), 256)]
	if i := bytes.IndexByte(head, '['); i >= 0 && len(head) > i+21 && isDigit(head[i+1]) && head[i+3] == '/' {
		if st, n := s.clock.parse(t[i+1:]); st.ok {
			return st, n
		}
	}
	if len(t) > 1 && t[0] == '<' {
		t = syslogTime(t)
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
	if i := behindLevel(t); i > 0 {
		if st, n := s.clock.parse(t[i:]); st.ok {
			return st, n
		}
	}
	for _, name := range [...]string{"time=", "ts=", "timestamp=", "time_local=", "time:"} {
		if v := bytes.Index(head, []byte(name)); v >= 0 && (v == 0 || beginsField(head[v-1])) {
			return s.clock.parse(head[skipQuote(head, v+len(name)):])
		}
	}
	return stamp{}, 0
}

// behindLevel returns where the time stands in a text that begins with a level or a
// tag: "ERROR 2026-...", "[INFO] [2026-...", "E, [2026-...", "app.proxy\t2026-...".
func behindLevel(t []byte) int {
	word := firstWord(bytes.TrimLeft(t[:min(len(t), maxHead)], "["))
	i := bytes.Index(t, word) + len(word)
	tag := i < len(t) && t[i] == '\t'
	for ; i < len(t) && (isSpace(t[i]) || t[i] == ']' || t[i] == '[' || t[i] == ':' || t[i] == ','); i++ {
	}
	if tag || isLevel(word) || len(word) == 2 && isUpper(word[0]) && word[1] == ',' {
		return i
	}
	return 0
}

// textIDs finds a tenant and ids among a record's name=value words, and ids among
// the headers, name: value, that stand before its first object.
func (s *scan) textIDs() {
	s.idsBehind(s.raw, '=')
	if s.correlation == nil && s.requestID == nil {
		text, _, _ := bytes.Cut(s.raw, []byte{'{'})
		s.idsBehind(text, ':')
	}
}

func (s *scan) idsBehind(t []byte, sign byte) {
	for i := 0; i < len(t); i++ {
		n := bytes.IndexByte(t[i:], sign)
		if n < 0 {
			return
		}
		i += n
		if sign == ':' && (i+2 >= len(t) || t[i+1] != ' ' || t[i-min(i, 1)]|0x20 != 'd') { // all their names end so
			continue
		}
		start := i
		for start > 0 && i-start < 24 && (isWord(t[start-1]) || t[start-1] == '-') {
			start--
		}
		if start == i || start > 0 && !beginsField(t[start-1]) {
			continue
		}
		into, valid := &s.requestID, isID
		switch string(t[start:i]) {
		case "tenant", "tenantId", "tenant_id":
			into, valid = &s.tenant, isTenant
		case "cid", "correlation_id", "correlationId", "x-correlation-id", "X-Correlation-Id", "nv-correlation-id":
			into = &s.correlation
		case "request_id", "requestId", "rid", "req_id", "x-request-id", "X-Request-Id":
		default:
			continue
		}
		if v := wordAt(t, skipBlanks(t, i+1)); *into == nil && valid(v) {
			*into = v
		}
	}
}
