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
		if s.requestPath == nil && at.request && bytes.IndexByte(v.text, '/') >= 0 {
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
	case keyDevice, keyForwarded, keyClientIP, keyRemote:
		s.noteClient(k, v.text, at.rank())
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

// textIDs finds a tenant, ids and the client among a record's name=value words, the
// client in an access log's line, and both among the headers, name: value, that stand
// before its first object.
func (s *scan) textIDs() {
	s.idsBehind(s.raw, '=')
	s.lineClient()
	if s.correlation == nil && s.requestID == nil || s.client == nil {
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
		if sign == ':' && (i+2 >= len(t) || t[i+1] != ' ' || !endsIDName[t[i-min(i, 1)]]) {
			continue
		}
		into, valid := &s.requestID, isID
		switch k := keyOf(fieldName(t, i)); k {
		case keyTenant:
			into, valid = &s.tenant, isTenant
		case keyCorrelation:
			into = &s.correlation
		case keyRequestID:
		case keyDevice, keyForwarded, keyClientIP, keyRemote:
			s.noteClient(k, wordAt(t, skipBlanks(t, i+1)), 1)
			continue
		default:
			continue
		}
		if *into != nil {
			continue
		}
		if v := wordAt(t, skipBlanks(t, i+1)); valid(v) {
			*into = v
		}
	}
}

// endsIDName holds the last bytes of the names of ids and addresses.
var endsIDName = [256]bool{'d': true, 'D': true, 'r': true, 'p': true, 'P': true, 't': true, 's': true}
