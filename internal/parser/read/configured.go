package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// Fields names where a configured format keeps what is read: dotted JSON paths or keys
// of logfmt. Several candidates for the code are tried in order.
type Fields struct {
	Code          []string
	Time          string
	Tenant        string
	CorrelationID string
}

// configured adds what the user configured: a JSON path, a logfmt key, or a pattern
// with a group code. The position is trusted; the rest of the record decides which
// server's code it is.
func (s *Reader) configured() {
	s.Add(tape.Configured)
	switch o := &s.options; {
	case o.Regex != nil:
		s.matchRegex()
	case o.Logfmt:
		s.lookUp(func(key string) ([]byte, bool) { return lex.LogfmtField(s.Raw, key) })
	default:
		s.lookUp(func(path string) ([]byte, bool) {
			v := s.paths.First(s.Raw, path)
			return v, v != nil
		})
	}
}

func (s *Reader) lookUp(get func(string) ([]byte, bool)) {
	f := s.options.Fields
	for _, c := range f.Code {
		if v, ok := get(c); ok && s.configuredCode(v) {
			break
		}
	}
	for _, extra := range [...]struct {
		name  string
		field fieldnames.Field
	}{{f.Tenant, fieldnames.Tenant}, {f.CorrelationID, fieldnames.Correlation}, {f.Time, fieldnames.Time}} {
		if extra.name != "" {
			if v, ok := get(extra.name); ok {
				s.set(extra.field, v)
			}
		}
	}
}

func (s *Reader) matchRegex() {
	re := s.options.Regex
	m := re.FindSubmatchIndex(s.Raw)
	if m == nil {
		return
	}
	for _, g := range [...]struct {
		name  string
		field fieldnames.Field
	}{{"code", fieldnames.Other}, {"tenant", fieldnames.Tenant}, {"correlation_id", fieldnames.Correlation}, {"time", fieldnames.Time}} {
		i := re.SubexpIndex(g.name)
		switch {
		case i < 0 || m[2*i] < 0:
		case g.field == fieldnames.Other:
			s.configuredCode(s.Raw[m[2*i]:m[2*i+1]])
		default:
			s.set(g.field, s.Raw[m[2*i]:m[2*i+1]])
		}
	}
}

// configuredCode adds the number v and reports whether it is a code.
func (s *Reader) configuredCode(v []byte) bool {
	n, is, why := number.Whole(v)
	s.number(n, is, why, result.Configured, signs.Unsaid)
	return is == number.IsCode
}

// set adds a field's value that the configuration names.
func (s *Reader) set(k fieldnames.Field, v []byte) {
	if k == fieldnames.Time || len(v) <= lex.MaxName {
		tok := s.Add(tape.Set)
		tok.Field, tok.Text = k, v
	}
}
