package parser

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// What the user configured: a JSON path, a logfmt key, or a pattern with a group
// code. The position is trusted as it stands; whose code it is, the rest of the
// record says.
func (s *scan) configured(t []byte, from int, at place) {
	s.text(t, from, at)
	s.candidates, s.limitSaid, s.missing = s.candidates[:0], false, result.NumMissing
	s.p.out.Refusals = s.p.out.Refusals[:s.vetoed]
	switch f := &s.p.format; {
	case f.regex != nil:
		s.matchRegex()
	case f.logfmt:
		s.lookUp(func(key string) ([]byte, bool) { return lex.LogfmtField(s.raw, key) })
	default:
		s.lookUp(func(path string) ([]byte, bool) {
			v := s.configuredPaths.First(s.raw, path)
			return v, v != nil
		})
	}
}

func (s *scan) lookUp(get func(string) ([]byte, bool)) {
	f := s.p.format.fields
	for _, c := range f.Code {
		if v, ok := get(c); ok {
			s.read(value{text: v}, result.Configured, signs.Unsaid)
			if len(s.candidates) > 0 {
				break
			}
		}
	}
	for _, extra := range [...]struct {
		name string
		into *[]byte
	}{{f.Tenant, &s.tenant}, {f.CorrelationID, &s.correlation}} {
		if extra.name != "" {
			if v, ok := get(extra.name); ok && len(v) <= lex.MaxName {
				*extra.into = v
			}
		}
	}
	if f.Time != "" {
		if v, ok := get(f.Time); ok {
			s.inner, _ = s.clock.Parse(v)
		}
	}
}

func (s *scan) matchRegex() {
	re := s.p.format.regex
	m := re.FindSubmatchIndex(s.raw)
	if m == nil {
		return
	}
	group := func(name string) ([]byte, bool) {
		i := re.SubexpIndex(name)
		if i < 0 || m[2*i] < 0 {
			return nil, false
		}
		return s.raw[m[2*i]:m[2*i+1]], true
	}
	if v, ok := group("code"); ok {
		s.read(value{text: v}, result.Configured, signs.Unsaid)
	}
	if v, ok := group("tenant"); ok && len(v) <= lex.MaxName {
		s.tenant = v
	}
	if v, ok := group("correlation_id"); ok && len(v) <= lex.MaxName {
		s.correlation = v
	}
	if v, ok := group("time"); ok {
		s.inner, _ = s.clock.Parse(v)
	}
}
