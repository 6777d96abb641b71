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

// isRequest reports whether the record tells of a licence request and its answer.
// One without a method is an access log's if it says how long the answer took.
func (s *scan) isRequest() bool {
	if s.status == 0 || s.requestDRM == codes.Unknown || s.noAccess {
		return false
	}
	return s.post || s.methodRank == 0 && s.requestRank < unnamed && (s.took.text != nil || s.lasted > 0)
}

// requestAt notes the licence request whose URL is t[start:end].
func (s *scan) requestAt(t []byte, from, start, end int, drm codes.DRM, at place) {
	r := at.rank()
	if at.unnamed {
		r += unnamed
	}
	if s.requestDRM != codes.Unknown && !r.before(s.requestRank) || s.pathRank != 0 && s.pathRank < r {
		return
	}
	if at.under == keyPath || start == from && end == len(t) && at.under != keyMessage && at.member {
		s.requestDRM, s.requestRank = drm, r
		return
	}
	before, ok := bytes.CutSuffix(t[from:start], []byte("POST "))
	switch {
	case !ok:
		if !s.columnRequest(t, from, start, end, drm, r) {
			s.logfmtRequest(t, from, start, drm, r)
		}
	case !bytes.HasPrefix(t[end:], []byte(" HTTP/")):
		if status, ok := s.plainStatus(before, t[end:]); ok {
			s.requested(drm, r, status)
		} else {
			s.logfmtRequest(t, from, start, drm, r)
		}
	case at.under == keyRequestLine:
		s.requested(drm, r, 0)
	default:
		s.requested(drm, r, s.lineStatus(before, t[end+1:]))
	}
	if s.requestRank == r && at.under != keyRequestLine {
		s.line, s.lineStart, s.lineEnd = t[from:], int32(start-from), int32(end-from)
	}
}

// request adds the record's request, with who asked where that is needed. The
// record's codes were added from first on.
func (s *scan) request(first int) {
	at, out := s.when(), s.p.out
	out.Requests = append(out.Requests, Request{Time: at, DRM: s.requestDRM, Outcome: outcomeOf(s.status), Duration: s.duration(), line: s.at.first})
	q := &out.Requests[len(out.Requests)-1]
	switch {
	case len(out.Events) > first:
		e := &out.Events[first]
		q.Client, q.CorrelationID, q.Coded = e.Client, e.CorrelationID, true
	case q.Outcome != Granted || sampled(at):
		s.textIDs()
		s.addIDs(q)
	}
}

// addIDs gives q the client, and the correlation id where q was not granted.
func (s *scan) addIDs(q *Request) {
	q.Client = s.keep(s.whoAsked())
	if q.Outcome != Granted {
		q.CorrelationID = s.keep(s.id())
	}
}

// requested notes a POST to a licence server, and the status of the answer where
// it stands beside it.
func (s *scan) requested(drm codes.DRM, r rank, status int) {
	s.requestDRM, s.requestRank = drm, r
	if r.before(s.methodRank) {
		s.post, s.methodRank = true, r
	}
	if status != 0 && r.before(s.statusRank) {
		s.status, s.statusRank = status, r
	}
}

// isLicenceRequest tells a licence request from the server's other paths.
func isLicenceRequest(path []byte) bool {
	return bytes.HasSuffix(bytes.TrimSuffix(path, []byte{'/'}), []byte("/licenses")) || bytes.Contains(path, []byte(renewal))
}

// logfmtRequest knows path=/... with method=POST and status=400 beside it.
func (s *scan) logfmtRequest(t []byte, from, start int, drm codes.DRM, r rank) {
	if start-from < 4 || t[start-1] != '=' && (t[start-1] != '"' || t[start-2] != '=') {
		return
	}
	line := t[from:]
	if s.noMethod == &t[from] || keyOf(fieldName(t[from:], bytes.LastIndexByte(t[from:start], '='))) == keyStreamURL {
		return
	}
	method, answer := []byte(nil), 0
	for f := (textFields{text: line}); f.next(); {
		switch {
		case f.key == keyMethod && method == nil:
			method = f.value()
		case (f.key == keyStatus || f.key == keyCode) && answer == 0:
			answer, _ = wholeStatus(f.value())
		}
	}
	if !bytes.EqualFold(method, []byte("POST")) {
		s.noMethod = &t[from]
		return
	}
	if answer != 0 {
		s.requested(drm, r, answer)
		s.textDuration(line)
	}
}

// textFields walks through the name=value fields of a text.
type textFields struct {
	text []byte
	key  key // what the field's name means
	at   int // where its value begins
}

// next finds the next field whose name means something.
func (f *textFields) next() bool {
	for f.at < len(f.text) {
		n := bytes.IndexByte(f.text[f.at:], '=')
		if n < 0 {
			break
		}
		i := f.at + n
		f.at = i + 1
		name := fieldName(f.text, i)
		if string(name) == "rt" { // on every line of many proxies: no hash is needed
			f.key = keySeconds
			return true
		}
		if f.key = keyOf(name); f.key != keyOther {
			return true
		}
	}
	return false
}

// value returns the field's value without its quotes.
func (f *textFields) value() []byte { return wordAt(f.text, f.at) }

// maxField bounds the name of a field in text.
const maxField = 40

// fieldName returns the name that ends before t[end], or nothing where that is no
// field's: part of a path, or of a query.
func fieldName(t []byte, end int) []byte {
	start := end
	for start > 0 && end-start < maxField && inName[t[start-1]] {
		start--
	}
	if start > 0 && !beginsField(t[start-1]) {
		return nil
	}
	return t[start:end]
}

// inName holds the bytes of field names.
var inName = func() (in [256]bool) {
	for c := range in {
		in[c] = isWord(byte(c)) || c == '-' || c == '.' || c == '@'
	}
	return in
}()

// logfmtValue returns the value behind name, which ends in its equals sign.
func logfmtValue(t []byte, name string) ([]byte, bool) {
	for i := 0; i < len(t); {
		n := bytes.Index(t[i:], []byte(name))
		if n < 0 {
			break
		}
		i += n
		if i == 0 || beginsField(t[i-1]) {
			v := wordAt(t, i+len(name))
			return v, len(v) > 0
		}
		i += len(name)
	}
	return nil, false
}

// logfmtField returns the value of the field name in a line of logfmt: what
// stands inside a quoted value is none.
func logfmtField(t []byte, name string) ([]byte, bool) {
	for i := 0; i < len(t); {
		n := bytes.IndexByte(t[i:], '=')
		if n < 0 {
			break
		}
		i += n
		if start := i - len(name); start >= 0 && string(t[start:i]) == name && (start == 0 || beginsField(t[start-1])) {
			v := wordAt(t, i+1)
			return v, len(v) > 0
		}
		if i++; i < len(t) && t[i] == '"' {
			if i = closingQuote(t, i+1, '"'); i < 0 {
				break
			}
		}
	}
	return nil, false
}

// wordAt returns the value at t[i] up to what ends one, without its quotes.
func wordAt(t []byte, i int) []byte {
	i = skipQuote(t, i)
	for end := i; ; end++ {
		if end >= len(t) {
			return t[i:]
		}
		switch t[end] {
		case ' ', '\t', '\n', '\r', '"', '\'', ',', ';', ']', '}', ')', '&', '\\':
			return t[i:end]
		}
	}
}

// refuseOtherPaths refuses the codes of a record whose request went elsewhere:
// where the source names its licence paths, other services' bodies are known.
func (s *scan) refuseOtherPaths() {
	f := &s.p.format
	if len(f.paths) == 0 || len(s.candidates) == 0 || s.firstPath != codes.Unknown {
		return
	}
	path := s.requestPath
	if path == nil {
		path = textRequestPath(s.raw)
	}
	if path == nil {
		return
	}
	if drm, _, _ := f.serverOfPath(pathOf(path)); drm != codes.Unknown {
		return
	}
	for _, c := range s.candidates {
		s.refuse(c.code, OtherPath)
	}
	s.candidates = s.candidates[:0]
}

// textRequestPath finds the path of a request line, of a logfmt record, or of a
// request that is told of in words.
func textRequestPath(t []byte) []byte {
	if i := bytes.Index(t, []byte(" HTTP/")); i > 0 {
		start := bytes.LastIndexByte(t[:i], ' ') + 1
		if p := t[start:i]; len(p) > 0 && (p[0] == '/' || bytes.HasPrefix(p, []byte("http"))) {
			return p
		}
	}
	for f := (textFields{text: t}); f.next(); {
		if f.key == keyPath {
			if v := f.value(); bytes.IndexByte(v, '/') >= 0 {
				return v
			}
		}
	}
	return toldPath(t)
}

// requestWords stand before the URL of a request where HTTP clients tell of it:
// "Post "https://...": 403", "during [POST] to [https://...]", "for url: https://...".
var requestWords = words("POST", "Post ", "GET", "Get ", "PUT", "Put ", "HEAD ", "OPTIONS ", "PATCH ", "DELETE ", "url: ", "url=", "url (", "URL", "<-- ", "--> ", "from ", "calling ", "call to ", "request to ", "upstream: ", "fetch ")

var methodWords = words("POST ", "GET ", "PUT ", "DELETE ", "PATCH ")

// otherURLs are parts, but for stream and src at the beginning, in lower case, of the names of addresses that are no request's.
var otherURLs = words("page", "refer", "view", "manifest", "poster", "server", "image", "icon", "document", "content", "source")

// isRequestURL reports whether the address at t[start] is a member whose name says
// that it is a request's: "upstream_url":"https://...".
func isRequestURL(t []byte, start int) bool {
	end := start
	for end > 0 && start-end < 6 && (t[end-1] == '"' || t[end-1] == ' ' || t[end-1] == ':' || t[end-1] == '\\') {
		end--
	}
	name := t[nameAround(t, 0, end):end]
	return len(name) > 2 && end < start && (bytes.EqualFold(name[len(name)-3:], []byte("url")) || bytes.EqualFold(name[len(name)-3:], []byte("uri")) ||
		bytes.EqualFold(name, []byte("endpoint"))) && !hasFold(name, otherURLs) && name[0]|0x20 != 's'
}

// behindStatus reports whether an HTTP error's status is before the address at t[start]:
// 400 https://..., response code 400 for https://...
func behindStatus(t []byte, start int) bool {
	t = bytes.TrimSuffix(t[:start], []byte("for "))
	n := len(t) - len("400 ")
	if n < 0 || t[n+3] != ' ' || n > 0 && (isWord(t[n-1]) || t[n-1] == '.') {
		return false
	}
	_, ok := statusAt(t, n)
	return ok && t[n] >= '4'
}

// answerWords stand behind the URL of a request where its answer is told of.
var answerWords = words(" returned ", " responded ", " answered ", " replied ")

// beforeAnswer reports whether an address is before t, and its answer in t.
func beforeAnswer(t []byte) bool {
	for _, w := range answerWords {
		if bytes.HasPrefix(t, w) {
			return true
		}
	}
	return false
}

// toldPath finds a URL that such words stand before, or a path right behind POST.
func toldPath(t []byte) []byte {
	for _, method := range methodWords {
		if i := bytes.Index(t, method); i >= 0 && (i == 0 || !isWord(t[i-1])) {
			if start := skipQuote(t, i+len(method)); start < len(t) && t[start] == '/' {
				return t[start:endOfURL(t, start)]
			}
		}
	}
	for i, tries := 0, 0; tries < 4; tries++ {
		n := bytes.Index(t[i:], []byte("://"))
		if n < 0 {
			break
		}
		i += n
		start, end := i, endOfURL(t, i)
		for start > 0 && isWord(t[start-1]) {
			start--
		}
		if anyIn(t[max(0, start-24):start], requestWords) || isRequestURL(t, start) || behindStatus(t, start) || beforeAnswer(t[end:]) {
			return t[start:end]
		}
		i = end
	}
	return nil
}
