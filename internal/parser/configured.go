package parser

import "bytes"

// What the user configured: a JSON path, a logfmt key, or a pattern with a group
// code. The position is trusted as it stands; whose code it is, the rest of the
// record says.
func (s *scan) configured(t []byte, from int, at place) {
	s.text(t, from, at)
	s.candidates, s.limitSaid = s.candidates[:0], false
	s.p.out.Refusals = s.p.out.Refusals[:s.vetoed]
	switch f := &s.p.format; {
	case f.regex != nil:
		s.matchRegex()
	case f.logfmt:
		s.lookUp(func(key string) ([]byte, bool) { return logfmtValue(s.raw, key+"=") })
	default:
		if i := bytes.IndexByte(s.raw, '{'); i >= 0 {
			s.lookUp(func(path string) ([]byte, bool) { return lookUp(s.raw, i, path) })
		}
	}
}

func (s *scan) lookUp(get func(string) ([]byte, bool)) {
	f := s.p.format.fields
	for _, c := range f.Code {
		if v, ok := get(c); ok {
			s.read(value{text: v}, Configured, unsaid)
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
			if v, ok := get(extra.name); ok && len(v) <= maxName {
				*extra.into = v
			}
		}
	}
	if f.Time != "" {
		if v, ok := get(f.Time); ok {
			s.inner, _ = s.clock.parse(v)
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
		s.read(value{text: v}, Configured, unsaid)
	}
	if v, ok := group("tenant"); ok && len(v) <= maxName {
		s.tenant = v
	}
	if v, ok := group("correlation_id"); ok && len(v) <= maxName {
		s.correlation = v
	}
	if v, ok := group("time"); ok {
		s.inner, _ = s.clock.parse(v)
	}
}

// lookUp follows a dotted path through the object at t[i].
func lookUp(t []byte, i int, path string) ([]byte, bool) {
	name, rest, deeper := cutPath(path)
	for i++; ; {
		i = skipSpace(t, i)
		if i >= len(t) || t[i] == '}' {
			return nil, false
		}
		k, after := memberName(t, i)
		i = skipSpace(t, after)
		if after < 0 || i >= len(t) || t[i] != ':' {
			return nil, false
		}
		i = skipSpace(t, i+1)
		if i >= len(t) {
			return nil, false
		}
		if !deeper && string(k) == path || deeper && string(k) == path { // a key that itself holds dots
			return scalarAt(t, i)
		}
		if deeper && string(k) == name && t[i] == '{' {
			return lookUp(t, i, rest)
		}
		end := skipValue(t, i)
		if end < 0 {
			return nil, false
		}
		i = skipSpace(t, end)
		if i < len(t) && t[i] == ',' {
			i++
		}
	}
}

func cutPath(path string) (name, rest string, deeper bool) {
	for i := range path {
		if path[i] == '.' {
			return path[:i], path[i+1:], true
		}
	}
	return path, "", false
}

// scalarAt returns the number, word or string content at t[i].
func scalarAt(t []byte, i int) ([]byte, bool) {
	if t[i] == '"' {
		end := closingQuote(t, i+1, '"')
		return t[i+1 : max(end, i+1)], end > 0
	}
	end := scalarEnd(t, i)
	return t[i:end], end > i
}

// skipValue returns the index after the value at t[i], or -1 where it breaks off.
func skipValue(t []byte, i int) int {
	depth := 0
	for i < len(t) {
		switch t[i] {
		case '"':
			end := closingQuote(t, i+1, '"')
			if end < 0 {
				return -1
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
		if depth == 0 && i < len(t) && (t[i-1] == '"' || t[i-1] == '}' || t[i-1] == ']') {
			return i
		}
	}
	if depth == 0 {
		return i
	}
	return -1
}
