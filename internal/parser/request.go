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
func (s *scan) requestAt(t []byte, from, start, end int, drm codes.DRM, at place) {
	if s.requestDRM != codes.Unknown {
		return
	}
	if at.under == keyPath || start == from && end == len(t) && at.under != keyMessage && at.member {
		s.requestDRM = drm
		return
	}
	before, ok := bytes.CutSuffix(t[from:start], []byte("POST "))
	switch {
	case !ok:
		s.logfmtRequest(t, from, start, drm)
	case !bytes.HasPrefix(t[end:], []byte(" HTTP/")):
		if status, ok := s.plainStatus(t[end:]); ok {
			s.requestDRM, s.post, s.status = drm, true, status
		} else {
			s.logfmtRequest(t, from, start, drm)
		}
	default:
		s.requestDRM, s.post = drm, true
		if at.under != keyRequestLine && s.status == 0 {
			s.status = s.lineStatus(before, t[end+1:])
		}
	}
}

// isLicenceRequest tells a licence request from the server's other paths.
func isLicenceRequest(path []byte) bool {
	return bytes.HasSuffix(bytes.TrimSuffix(path, []byte{'/'}), []byte("/licenses")) || bytes.Contains(path, []byte(renewal))
}

// logfmtRequest knows path=/... with method=POST and status=400 beside it.
func (s *scan) logfmtRequest(t []byte, from, start int, drm codes.DRM) {
	if start-from < 4 || t[start-1] != '=' && (t[start-1] != '"' || t[start-2] != '=') {
		return
	}
	line := t[from:]
	if s.noMethod == &t[0] {
		return
	}
	if m, ok := logfmtValue(line, "method="); !ok || string(m) != "POST" {
		s.noMethod = &t[0]
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
			v := wordAt(t, i+len(name))
			return v, len(v) > 0
		}
		i += len(name)
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
		case ' ', '\t', '\n', '"', '\'', ',', ';', ']', '}', ')', '&', '\\':
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
	for _, name := range [...]string{"path=", "uri=", "url=", "request_uri="} {
		if v, ok := logfmtValue(t, name); ok && bytes.IndexByte(v, '/') >= 0 {
			return v
		}
	}
	return toldPath(t)
}

// requestWords stand before the URL of a request where HTTP clients tell of it:
// "Post "https://...": 403", "during [POST] to [https://...]", "for url: https://...".
var requestWords = words("POST", "Post ", "GET", "Get ", "PUT", "Put ", "url: ", "URL", "<-- ")

// toldPath finds a URL that such words stand before, or a path right behind POST.
func toldPath(t []byte) []byte {
	if i := bytes.Index(t, []byte("POST ")); i >= 0 {
		if start := skipQuote(t, i+len("POST ")); start < len(t) && t[start] == '/' {
			return t[start:endOfURL(t, start)]
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
		if anyIn(t[max(0, start-16):start], requestWords) {
			return t[start:end]
		}
		i = end
	}
	return nil
}
