package evaluate

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/tape"
)

func outcomeOf(status int) result.Outcome {
	switch status {
	case 200:
		return result.Granted
	case 400:
		return result.Refused
	case 500:
		return result.Failed
	}
	return result.Gateway
}

// isRequest reports whether the record is about a licence request and its answer.
// One without a method is an access log's if it has the duration of the answer.
func (s *record) isRequest() bool {
	if s.status == 0 || s.requestDRM == codes.Unknown || s.noAccess {
		return false
	}
	return s.post || s.methodRank == 0 && s.requestRank < tape.Unnamed && (s.took.text != nil || s.took.lasted > 0)
}

// addRequest adds the record's request, with who asked where that is needed. The
// record's codes were added from first on.
func (s *Evaluator) addRequest(first int, tokens []tape.Token) {
	at, out := s.when(), s.out
	out.Requests = append(out.Requests, result.Request{})
	q := &out.Requests[len(out.Requests)-1]
	q.Time, q.DRM, q.Outcome, q.Duration, q.Line = at, s.requestDRM, outcomeOf(s.status), s.lasted(), s.at.First
	switch {
	case len(out.Events) > first:
		e := &out.Events[first]
		q.Client, q.CorrelationID, q.Coded = e.Client, e.CorrelationID, true
	case q.Outcome != result.Granted || sampled(at):
		s.allIDs(tokens)
		if q.Client = s.keep(s.whoAsked()); q.Outcome != result.Granted {
			q.CorrelationID = s.keep(s.id())
		}
	}
	switch {
	case !drawn(s.Sample.Requests, s.raw, at):
	case q.Coded && out.Events[first].Sampled:
		e := &out.Events[first]
		q.Sampled, q.Tenant, q.Labels = true, e.Tenant, e.Labels
	default:
		s.allIDs(tokens)
		q.Sampled, q.Tenant = true, s.keep(s.tenant)
		s.label(&q.Tenant, &q.Labels, true)
	}
}

// refuseOtherPaths refuses the codes of a record with a request that went elsewhere:
// where the source names its licence paths, other services' bodies are known.
func (s *Evaluator) refuseOtherPaths() {
	if len(s.options.Paths) == 0 || len(s.list) == 0 || s.firstPath != codes.Unknown {
		return
	}
	path := s.address()
	if path == nil {
		path = textRequestPath(s.raw)
	}
	if path == nil {
		return
	}
	if drm, _, _ := s.options.Paths.Server(lex.PathOf(path)); drm != codes.Unknown {
		return
	}
	for _, c := range s.list {
		s.refuse(c.code, result.OtherPath)
	}
	s.list = s.list[:0]
}

// textRequestPath finds the path of a request line, of a logfmt record, or of a
// request that is described in words.
func textRequestPath(t []byte) []byte {
	if i := bytes.Index(t, []byte(" HTTP/")); i > 0 {
		start := bytes.LastIndexByte(t[:i], ' ') + 1
		if p := t[start:i]; len(p) > 0 && (p[0] == '/' || bytes.HasPrefix(p, []byte("http"))) {
			return p
		}
	}
	for f := (fieldnames.TextFields{Text: t}); f.Next(); {
		if f.Field == fieldnames.Path {
			if v := f.Value(); bytes.IndexByte(v, '/') >= 0 {
				return v
			}
		}
	}
	return toldPath(t)
}

// requestWords precede the URL of a request in the messages of HTTP clients:
// "Post "https://...": 403", "during [POST] to [https://...]", "for url: https://...".
var requestWords = lex.Words("POST", "Post ", "GET", "Get ", "PUT", "Put ", "HEAD ", "OPTIONS ", "PATCH ", "DELETE ", "url: ", "url=", "url (", "URL", "<-- ", "--> ", "from ", "calling ", "call to ", "request to ", "upstream: ", "fetch ")

var methodWords = lex.Words("POST ", "GET ", "PUT ", "DELETE ", "PATCH ")

// otherURLs are parts, but for stream and src at the beginning, in lower case, of the names of addresses that are no request's.
var otherURLs = lex.Words("page", "refer", "view", "manifest", "poster", "server", "image", "icon", "document", "content", "source")

// isRequestURL reports whether the address at t[start] is a member with the name of
// a request's URL: "upstream_url":"https://...".
func isRequestURL(t []byte, start int) bool {
	end := start
	for end > 0 && start-end < 6 && (t[end-1] == '"' || t[end-1] == ' ' || t[end-1] == ':' || t[end-1] == '\\') {
		end--
	}
	name := t[lex.NameAround(t, 0, end):end]
	return len(name) > 2 && end < start && (bytes.EqualFold(name[len(name)-3:], []byte("url")) || bytes.EqualFold(name[len(name)-3:], []byte("uri")) ||
		bytes.EqualFold(name, []byte("endpoint"))) && !lex.HasFold(name, otherURLs) && name[0]|0x20 != 's'
}

// behindStatus reports whether an HTTP error's status is before the address at t[start]:
// 400 https://..., response code 400 for https://...
func behindStatus(t []byte, start int) bool {
	t = bytes.TrimSuffix(t[:start], []byte("for "))
	n := len(t) - len("400 ")
	if n < 0 || t[n+3] != ' ' || n > 0 && (lex.IsWord(t[n-1]) || t[n-1] == '.') {
		return false
	}
	_, ok := lex.StatusAt(t, n)
	return ok && t[n] >= '4'
}

// answerWords follow the URL of a request in messages about its answer.
var answerWords = lex.Words(" returned ", " responded ", " answered ", " replied ")

// beforeAnswer reports whether an address is before t, and its answer in t.
func beforeAnswer(t []byte) bool {
	for _, w := range answerWords {
		if bytes.HasPrefix(t, w) {
			return true
		}
	}
	return false
}

// toldPath finds a URL after such words, or a path right after POST.
func toldPath(t []byte) []byte {
	for _, method := range methodWords {
		if i := bytes.Index(t, method); i >= 0 && (i == 0 || !lex.IsWord(t[i-1])) {
			if start := lex.SkipQuote(t, i+len(method)); start < len(t) && t[start] == '/' {
				return t[start:lex.EndOfURL(t, start)]
			}
		}
	}
	for i, tries := 0, 0; tries < 4; tries++ {
		n := bytes.Index(t[i:], []byte("://"))
		if n < 0 {
			break
		}
		i += n
		start, end := i, lex.EndOfURL(t, i)
		for start > 0 && lex.IsWord(t[start-1]) {
			start--
		}
		if lex.AnyIn(t[max(0, start-24):start], requestWords) || isRequestURL(t, start) || behindStatus(t, start) || beforeAnswer(t[end:]) {
			return t[start:end]
		}
		i = end
	}
	return bareAddress(t)
}

// addressWords precede an address, with or without its scheme, of a service that was asked.
var addressWords = lex.Words("request to ", "call to ", "calling ", "Request to ", "Call to ", "Calling ")

// bareAddress finds an address without a scheme after such words: request to
// epg.example.tv/v1 failed.
func bareAddress(t []byte) []byte {
	for _, w := range addressWords {
		i := bytes.Index(t, w)
		if i < 0 {
			continue
		}
		start := lex.SkipQuote(t, i+len(w))
		address := t[start:lex.EndOfURL(t, start)]
		host, _, path := bytes.Cut(address, []byte{'/'})
		if point := bytes.LastIndexByte(host, '.'); path && point > 0 && !lex.IsDigit(address[point+1]) {
			return address
		}
	}
	return nil
}
