package parser

import "bytes"

// What a record says beside its codes: its time, tenant and ids, the request
// it is about.

// fact keeps what a member says of the record beside its code.
func (s *scan) fact(k key, v value, at place) {
	if k < keyTime {
		return
	}
	switch k {
	case keyPath, keyRequestLine:
		if len(s.p.format.paths) > 0 && s.requestPath == nil && at.request && bytes.IndexByte(v.text, '/') >= 0 {
			s.requestPath = v.text
			if k == keyRequestLine {
				s.requestPath = textRequestPath(v.text)
			}
		}
	case keySeconds, keyMillis, keyNanos, keyTook:
		if at.request && s.took.text == nil {
			s.took, s.tookUnit = v, k
		}
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
		if member, _ = s.clock.parse(s.time.text); member.zone {
			return member
		}
	}
	if text, _ := s.textTime(); text.zone || !member.ok {
		return text
	}
	return member
}

func (s *scan) textTime() (stamp, int) {
	t := s.raw[s.head:]
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
	for _, name := range [...]string{"time=", "ts=", "timestamp="} {
		if v := bytes.Index(head, []byte(name)); v >= 0 && (v == 0 || beginsField(head[v-1])) {
			return s.clock.parse(t[skipQuote(t, v+len(name)):])
		}
	}
	return stamp{}, 0
}

// textIDs finds a tenant and ids among a record's name=value words.
func (s *scan) textIDs() {
	for i := 0; i < len(s.raw); i++ {
		n := bytes.IndexByte(s.raw[i:], '=')
		if n < 0 {
			return
		}
		i += n
		start := i
		for start > 0 && i-start < 24 && (isWord(s.raw[start-1]) || s.raw[start-1] == '-') {
			start--
		}
		if start > 0 && !beginsField(s.raw[start-1]) {
			continue
		}
		into, valid := &s.requestID, isID
		switch string(s.raw[start:i]) {
		case "tenant", "tenantId", "tenant_id":
			into, valid = &s.tenant, isTenant
		case "cid", "correlation_id", "correlationId", "x-correlation-id":
			into = &s.correlation
		case "request_id", "requestId", "rid", "req_id":
		default:
			continue
		}
		if v := wordAt(s.raw, i+1); *into == nil && valid(v) {
			*into = v
		}
	}
}
