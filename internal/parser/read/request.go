package read

import (
	"bytes"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// Licence requests: what access logs show of POST .../licenses, with the status
// of the answer, in a request line or in members of an object.

// answer is what a line shows of the answer to a request.
type answer struct {
	status  int
	took    []byte           // its duration, not parsed yet
	unit    fieldnames.Field // of took
	lasted  time.Duration    // the same, parsed
	clients [4]struct {      // who asked, by columns of the line
		field fieldnames.Field
		text  []byte
	}
	known int // of clients
}

// post and protocol are around the URL of a licence request in the line of an access log.
const (
	post     = "POST "
	protocol = " HTTP/"
)

// requestAt adds the licence request with the URL t[start:end]. The first of a text
// is the text's: the others are as far inside the record.
func requestAt(s *walker, t []byte, from, start, end int, drm codes.DRM, at place) {
	if s.requestIn == &t[from] {
		return
	}
	r := at.rank()
	if at.unnamed {
		r += tape.Unnamed
	}
	if at.under == fieldnames.Path || start == from && end == len(t) && at.under != fieldnames.Message && at.member {
		s.requestIn = &t[from]
		tok := s.Add(tape.Request)
		tok.DRM, tok.Rank = drm, r
		return
	}
	a := &s.answer
	a.status, a.took, a.lasted, a.known = 0, nil, 0, 0
	found := true
	before, ok := bytes.CutSuffix(t[from:start], []byte(post))
	switch {
	case !ok:
		found = columnRequest(s, a, t, from, start, end) || logfmtRequest(s, a, t, from, start)
	case !bytes.HasPrefix(t[end:], []byte(protocol)):
		if found = a.plainStatus(before, t[end:]); !found {
			found = logfmtRequest(s, a, t, from, start)
		}
	case at.under == fieldnames.RequestLine:
	default:
		a.status = a.lineStatus(before, t[end+1:])
	}
	if found {
		s.requestIn = &t[from]
		tok := s.Add(tape.Request)
		tok.DRM, tok.Rank, tok.Num, tok.Flags = drm, r, int64(a.status), tape.Post
		if at.under != fieldnames.RequestLine {
			tok.Flags |= tape.Line
			tok.Text, tok.From, tok.To = t[from:], int32(start-from), int32(end-from)
		}
		s.addTook(a)
	}
	for _, c := range a.clients[:a.known] {
		tok := s.Add(tape.Value)
		tok.Field, tok.Text, tok.Flags, tok.Rank = c.field, c.text, tape.Fact, r
	}
}

// addTook adds how long the answer took.
func (s *walker) addTook(a *answer) {
	if a.took != nil {
		tok := s.Add(tape.Took)
		tok.Text, tok.Field = a.took, a.unit
	}
	if a.lasted != 0 {
		s.Add(tape.Lasted).Num = int64(a.lasted)
	}
}

// columnRequest reads the line of columns that holds the URL t[start:end].
func columnRequest(s *walker, a *answer, t []byte, from, start, end int) bool {
	low := s.lineStart(t, from, start)
	if low < 0 || s.noColumns == &t[low] {
		return false
	}
	found, never := a.columnRequest(t, low, start, end)
	if never && a.known == 0 && a.took == nil && a.lasted == 0 {
		s.noColumns = &t[low]
	}
	return found
}

// lineStart returns where the line begins that t[i] is in, not before from; -1 where that
// is too far back.
func (s *walker) lineStart(t []byte, from, i int) int {
	b := &s.lineBegin
	if b.text != &t[from] || b.to > i {
		*b = lineBegin{text: &t[from], to: max(from, i-lex.MaxLine), at: from}
	}
	if n := bytes.LastIndexByte(t[b.to:i], '\n'); n >= 0 {
		b.at = b.to + n + 1
	}
	b.to = i
	if i-b.at > lex.MaxLine || i-b.at == lex.MaxLine && b.at > from {
		return -1
	}
	return b.at
}

// lineBegin is where the last line of a text begins, of which some was read.
type lineBegin struct {
	text   *byte
	to, at int
}

// logfmtRequest reads path=/... with method=POST and status=400 next to it.
func logfmtRequest(s *walker, a *answer, t []byte, from, start int) bool {
	if start-from < 4 || t[start-1] != '=' && (t[start-1] != '"' || t[start-2] != '=') {
		return false
	}
	line := t[from:]
	if s.noMethod == &t[from] || fieldnames.Of(lex.FieldName(t[from:], bytes.LastIndexByte(t[from:start], '='))) == fieldnames.StreamURL {
		return false
	}
	method, answer := []byte(nil), 0
	for f := (fieldnames.TextFields{Text: line}); f.Next(); {
		switch {
		case f.Field == fieldnames.Method && method == nil:
			method = f.Value()
		case (f.Field == fieldnames.Status || f.Field == fieldnames.Code) && answer == 0:
			answer, _ = lex.WholeStatus(f.Value())
		}
	}
	if !bytes.EqualFold(method, []byte("POST")) {
		s.noMethod = &t[from]
		return false
	}
	if a.status = answer; answer != 0 {
		a.textDuration(line)
	}
	return answer != 0
}
