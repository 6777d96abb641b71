package parser

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// What a record says beside its codes: its time, tenant and ids, the request
// it is about.

// fact keeps what a member says of the record beside its code.
func (s *scan) fact(k fieldnames.Field, v value, at place) {
	if k < fieldnames.Time && k != fieldnames.Code {
		return
	}
	switch k {
	case fieldnames.Path, fieldnames.RequestLine:
		if r := at.rank(); at.request && r.before(s.pathRank) && bytes.IndexByte(v.text, '/') >= 0 {
			s.pathRank = r
			if r.before(s.requestRank) {
				s.requestDRM = codes.Unknown // the record's own path leads elsewhere
			}
		}
		if s.requestPath == nil && at.request && bytes.IndexByte(v.text, '/') >= 0 {
			s.requestPath = v.text
			if k == fieldnames.RequestLine {
				s.requestPath = textRequestPath(v.text)
			}
		}
	case fieldnames.Seconds, fieldnames.Millis, fieldnames.Nanos, fieldnames.Took, fieldnames.Taken:
		if r := at.rank(); at.request && r.before(s.tookRank) && !(s.tookRank == 0 && s.took.text != nil) {
			s.took, s.tookUnit, s.tookRank = v, k, r
		}
	case fieldnames.Time, fieldnames.TS:
		if at.request && at.level >= s.timeLevel && (s.time.text == nil || at.level > s.timeLevel || at.depth < s.timeDepth) {
			s.time, s.timeLevel, s.timeDepth = v, at.level, at.depth
		}
		s.zap = s.zap || at.request && k == fieldnames.TS
	case fieldnames.Method:
		if r := at.rank(); at.request && r.before(s.methodRank) {
			s.methodRank, s.post = r, bytes.EqualFold(v.text, []byte("POST"))
		}
	case fieldnames.Status:
		if n, ok := lex.WholeStatus(v.text); ok && at.request && at.rank().before(s.statusRank) {
			s.status, s.statusRank = n, at.rank()
		}
	case fieldnames.Code:
		if n, ok := lex.WholeStatus(v.text); ok && at.request && at.rank().before(s.codeRank) {
			s.statusCode, s.codeRank = n, at.rank()
		}
	case fieldnames.ErrorRecord:
		s.noAccess = true
	case fieldnames.Tenant:
		if s.tenant == nil && v.quoted && lex.IsName(v.text) {
			s.tenant = v.text
		}
	case fieldnames.Correlation:
		if s.correlation == nil && lex.IsID(v.text) {
			s.correlation = v.text
		}
	case fieldnames.RequestID:
		if s.requestID == nil && lex.IsID(v.text) {
			s.requestID = v.text
		}
	case fieldnames.Device, fieldnames.Forwarded, fieldnames.ClientIP, fieldnames.Remote:
		s.noteClient(k, v.text, at.rank())
	}
}

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
		into, valid := &s.requestID, lex.IsID
		switch k := fieldnames.Of(lex.FieldName(t, i)); k {
		case fieldnames.Tenant:
			into, valid = &s.tenant, lex.IsName
		case fieldnames.Correlation:
			into = &s.correlation
		case fieldnames.RequestID:
		case fieldnames.Device, fieldnames.Forwarded, fieldnames.ClientIP, fieldnames.Remote:
			s.noteClient(k, lex.WordAt(t, lex.SkipBlanks(t, i+1)), 1)
			continue
		default:
			continue
		}
		if *into != nil {
			continue
		}
		if v := lex.WordAt(t, lex.SkipBlanks(t, i+1)); valid(v) {
			*into = v
		}
	}
}

// endsIDName holds the last bytes of the names of ids and addresses.
var endsIDName = [256]bool{'d': true, 'D': true, 'r': true, 'p': true, 'P': true, 't': true, 's': true}
