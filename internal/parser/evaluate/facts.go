package evaluate

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// What a record holds in addition to its codes: its time, tenant and ids, the request
// it is about.

// fact stores a member's value that is not a code.
func (s *record) fact(k *tape.Token) {
	own, r := k.Flags&tape.Own != 0, k.Rank
	switch k.Field {
	case fieldnames.Path, fieldnames.RequestLine:
		if own {
			s.requestAddress(k)
		}
	case fieldnames.Seconds, fieldnames.Millis, fieldnames.Nanos, fieldnames.Took, fieldnames.Taken:
		if own && r.Before(s.tookRank) && !(s.tookRank == 0 && s.took.text != nil) {
			s.took.text, s.took.unit, s.tookRank = k.Text, k.Field, r
		}
	case fieldnames.Time, fieldnames.TS:
		if own && k.Level >= s.timeLevel && (s.time == nil || k.Level > s.timeLevel || k.Depth < s.timeDepth) {
			s.time, s.timeLevel, s.timeDepth = k.Text, k.Level, k.Depth
		}
		s.zap = s.zap || own && k.Field == fieldnames.TS
	case fieldnames.Method:
		if own && r.Before(s.methodRank) {
			s.methodRank, s.post = r, bytes.EqualFold(k.Text, methodPost)
		}
	case fieldnames.Status:
		if n, ok := lex.WholeStatus(k.Text); ok && own && r.Before(s.statusRank) {
			s.status, s.statusRank = n, r
		}
	case fieldnames.Code:
		if n, ok := lex.WholeStatus(k.Text); ok && own && r.Before(s.codeRank) {
			s.statusCode, s.codeRank = n, r
		}
	case fieldnames.ErrorRecord:
		s.noAccess = true
	}
}

var methodPost = []byte("POST")

// requestAddress takes the path or URL of a request.
func (s *record) requestAddress(k *tape.Token) {
	if bytes.IndexByte(k.Text, '/') < 0 {
		return
	}
	if k.Rank.Before(s.pathRank) {
		s.pathRank = k.Rank
		if k.Rank.Before(s.requestRank) {
			s.requestDRM = codes.Unknown // the record's own path leads elsewhere
		}
	}
	if s.requestPath == nil {
		s.requestPath, s.requestField = k.Text, k.Field
	}
}

// address returns the path or URL of the first request that a member names.
func (s *record) address() []byte {
	if s.requestField == fieldnames.RequestLine {
		s.requestPath, s.requestField = textRequestPath(s.requestPath), fieldnames.Path
	}
	return s.requestPath
}

// path takes a licence path.
func (s *record) path(k *tape.Token) {
	s.paths[k.DRM] = true
	s.lastPath = k.DRM
	if s.firstPath == codes.Unknown {
		s.firstPath = k.DRM
	}
}

// requestLine takes a licence request that a line shows, unless one further out is
// known.
func (s *record) requestLine(k *tape.Token) {
	r := k.Rank
	if s.accepted = (s.requestDRM == codes.Unknown || r.Before(s.requestRank)) && (s.pathRank == 0 || s.pathRank >= r); !s.accepted {
		return
	}
	s.requestDRM, s.requestRank = k.DRM, r
	if k.Flags&tape.Post != 0 && r.Before(s.methodRank) {
		s.post, s.methodRank = true, r
	}
	if k.Num != 0 && r.Before(s.statusRank) {
		s.status, s.statusRank = int(k.Num), r
	}
	if k.Flags&tape.Line != 0 {
		s.line, s.lineStart, s.lineEnd = k.Text, k.From, k.To
	}
}

// message takes a text that may begin with a time.
func (s *record) message(k *tape.Token) {
	if k.Level <= s.textLevel {
		return
	}
	if st, _ := s.clock.TimeOf(k.Text); st.Zone {
		s.textual, s.textLevel = st, k.Level
	}
}

// set stores a value of a field that the configuration names.
func (s *record) set(k *tape.Token) {
	switch k.Field {
	case fieldnames.Tenant:
		s.tenant = k.Text
	case fieldnames.Correlation:
		s.correlation = k.Text
	case fieldnames.Time:
		s.inner, _ = s.clock.Parse(k.Text)
	}
}

// allIDs reads the tenant, the ids and the client of the record from its tokens and
// then from its text.
func (s *Evaluator) allIDs(tokens ...[]tape.Token) {
	if s.idsRead {
		return
	}
	s.idsRead = true
	for _, t := range tokens {
		s.tokenIDs(t)
	}
	if s.tape.Brief {
		s.tokenIDs(s.more.Late())
	}
	s.textIDs()
}

func (s *record) tokenIDs(tokens []tape.Token) {
	for i := 0; i < len(tokens); i++ {
		switch k := &tokens[i]; {
		case k.Kind == tape.Record:
			i += s.tape.Records[k.Num].Tokens
		case k.Kind == tape.Path:
			if s.tenant == nil && k.Text != nil {
				s.tenant = k.Text
			}
		case k.Kind == tape.Value && k.Flags&tape.Fact != 0:
			s.memberID(k)
		}
	}
}

// memberID takes a member that is an id.
func (s *record) memberID(k *tape.Token) {
	switch k.Field {
	case fieldnames.Tenant:
		if s.tenant == nil && k.Flags&tape.Quoted != 0 && lex.IsName(k.Text) {
			s.tenant = k.Text
		}
	case fieldnames.Correlation:
		if s.correlation == nil && lex.IsID(k.Text) {
			s.correlation = k.Text
		}
	case fieldnames.RequestID:
		if s.requestID == nil && lex.IsID(k.Text) {
			s.requestID = k.Text
		}
	case fieldnames.Device, fieldnames.Forwarded, fieldnames.ClientIP, fieldnames.Remote:
		s.noteClient(k.Field, k.Text, k.Rank)
	}
}

// textIDs finds a tenant, ids and the client among a record's name=value words, the
// client in an access log's line, and both among the headers, name: value,
// before its first object.
func (s *record) textIDs() {
	s.idsBehind(s.raw, '=')
	s.lineClient()
	if s.correlation == nil && s.requestID == nil || s.client == nil {
		text, _, _ := bytes.Cut(s.raw, []byte{'{'})
		s.idsBehind(text, ':')
	}
}

func (s *record) idsBehind(t []byte, sign byte) {
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
