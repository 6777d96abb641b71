package read

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// repeated is the last line of text that shows a licence request and nothing else: an
// access log writes such lines one after another. Of one with the same URL, and the
// same bytes from there to the status, the tokens are the same but for their texts.
type repeated struct {
	row    *row   // of the path's anchor; nil: no line is known
	behind []byte // from the URL's end to the status
	tokens [2]tape.Token
}

// read writes the tokens of the line t[from:to] if it repeats the one before with another
// status, tenant and duration, and reports whether it did.
func (p *repeated) read(s *Reader, t []byte, from, to int) bool {
	a := s.in.next(from)
	if p.row == nil || a >= to || s.in.nearest.row != p.row || t[from] == '{' || t[from] == '[' || t[to-1] == '}' {
		return false
	}
	start, l, tenant, end := s.urls.again(t, from, a, len(s.options.Paths) == 0)
	if l == nil || l.drm != p.tokens[0].DRM || !l.licence || !bytes.HasSuffix(t[from:start], []byte(post)) || !bytes.HasPrefix(t[end:], p.behind) {
		return false
	}
	i := end + len(p.behind)
	status, size := lex.AnswerAt(t, i)
	if size != 3 || bytes.IndexByte(t[from:a], '{') >= 0 || isServerURL(t[max(from, start-32):start]) || s.in.next(max(a+1, end)) < len(t) {
		return false
	}
	path := s.Add(tape.Path)
	*path = p.tokens[0]
	if path.Text = nil; tenant[1] > 0 {
		path.Text = t[start+tenant[0] : start+tenant[1]]
	}
	request := s.Add(tape.Request)
	*request = p.tokens[1]
	request.Num, request.Text, request.From, request.To = int64(status), t[from:], int32(start-from), int32(end-from)
	s.answer.took, s.answer.lasted = nil, 0
	s.answer.textDuration(t[i+size:])
	s.addTook(&s.answer)
	return true
}

// keep keeps the line t[from:], which was read as text, for the next.
func (p *repeated) keep(s *Reader, t []byte, from int) {
	if n := len(s.Tokens); n < 2 || n > 3 || len(s.Texts) > 0 || s.Tokens[0].Kind != tape.Path {
		return
	}
	request := &s.Tokens[1]
	if request.Kind != tape.Request || request.Flags != tape.Post|tape.Line || &request.Text[0] != &t[from] {
		return
	}
	end := from + int(request.To)
	if !bytes.HasPrefix(t[end:], []byte(protocol)) {
		return
	}
	size := afterProtocol(t[end+1:])
	if status, n := lex.AnswerAt(t, end+1+size); size == 0 || n != 3 || int64(status) != request.Num {
		return
	}
	if s.in.next(from) >= end {
		return
	}
	p.row, p.behind = s.in.nearest.row, append(p.behind[:0], t[end:end+1+size]...)
	p.tokens = [2]tape.Token{s.Tokens[0], s.Tokens[1]}
}
