package parser

import (
	"bytes"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
)

// Most lines of a proxy's log are the same request again: the same shape, the
// same request line or path, no sign of a code, and of all its members only the
// time, the status and the duration are new. What such a request line says was
// found out the first time.

// worthwhile reports whether the next line may be read as a request without a
// code: where the last four were none, only one in twelve may.
func (p *shape) worthwhile() bool {
	switch {
	case p.failed < 4:
		return true
	case p.failed < 15:
		p.failed++
		return false
	}
	p.failed = 3
	return true
}

// access reads the line t[from:to], which has the shape p, as a request that
// reports no code, and says whether it was one and no more.
func (s *scan) access(p *shape, t []byte, from, to int) bool {
	path, request, post := codes.Unknown, codes.Unknown, false
	anchor := s.in.next(from)
	for k := range p.steps {
		if anchor >= to {
			break
		}
		st := &p.steps[k]
		if st.do == bare {
			continue
		}
		i, end := from+int(s.shapes.values[k][0]), from+int(s.shapes.values[k][1])
		if anchor >= end {
			continue
		}
		if anchor < i || bytes.IndexByte(t[i:end], '\\') >= 0 {
			return false
		}
		v := s.tell(t, i, end, st)
		if v == nil || !v.only || !v.silent() || v.request != codes.Unknown && (st.depth != p.path || st.key != fieldnames.Path && st.key != fieldnames.RequestLine) {
			return false
		}
		if path == codes.Unknown {
			path = v.path
		}
		if request == codes.Unknown {
			request, post = v.request, v.post
		}
		anchor = s.in.next(end)
	}
	if anchor < to {
		return false
	}
	var status int
	var took value
	var unit fieldnames.Field
	at, method := logtime.Stamp{}, post
	for _, k := range p.facts {
		v := t[from+int(s.shapes.values[k][0]) : from+int(s.shapes.values[k][1])]
		switch st := &p.steps[k]; st.key {
		case fieldnames.Time, fieldnames.TS:
			if at.OK {
				break
			}
			if at, _ = s.clock.Parse(v); !at.Zone {
				return false // the line has a better one, perhaps
			}
		case fieldnames.Method:
			if post && st.depth <= p.path {
				return false // two methods
			}
			if !method {
				method = true
				post = bytes.EqualFold(v, []byte("POST"))
			}
		case fieldnames.Status:
			if status == 0 {
				status, _ = lex.WholeStatus(v)
			}
		default:
			if took.text == nil {
				took, unit = value{text: v}, st.key
			}
		}
	}
	if !at.OK {
		return false
	}
	if path != codes.Unknown && status == 0 {
		return false // what it says of a failure is in its words
	}
	if (post || !method && took.text != nil) && status != 0 && request != codes.Unknown {
		q := result.Request{Time: at.Nanos, DRM: request, Outcome: outcomeOf(status), Line: s.at.First}
		if took.text != nil {
			q.Duration = max(logtime.DurationOf(took.text, unit, p.zap), 0)
		}
		s.accessed(p, t[from:to], q)
	}
	if path != codes.Unknown && status >= 400 {
		s.p.out.AddMissing(s.at.First, result.LicenceStatus)
	}
	return true
}

// accessed adds the request of the access line t, with who asked where that is
// needed.
func (s *scan) accessed(p *shape, t []byte, q result.Request) {
	if q.Outcome != result.Granted || sampled(q.Time) {
		s.tenant, s.correlation, s.requestID, s.client, s.line = nil, nil, nil, nil, nil
		for _, k := range p.ids {
			st := &p.steps[k]
			v := value{t[s.shapes.values[k][0]:s.shapes.values[k][1]], st.do != bare}
			s.fact(st.key, v, place{depth: st.depth})
		}
		s.textIDs()
		s.addIDs(&q)
	}
	s.p.out.Requests = append(s.p.out.Requests, q)
}

// sort notes which of the shape's values say something of a request.
func (p *shape) sort() {
	p.access, p.path = true, maxNested+1
	for k, st := range p.steps {
		switch st.key {
		case fieldnames.Time, fieldnames.TS, fieldnames.Method, fieldnames.Status, fieldnames.Seconds, fieldnames.Millis, fieldnames.Nanos, fieldnames.Took, fieldnames.Taken:
			p.facts = append(p.facts, k)
			p.zap = p.zap || st.key == fieldnames.TS
		case fieldnames.Path, fieldnames.RequestLine:
			p.path = min(p.path, st.depth)
		default:
			if st.key.IsID() {
				p.ids = append(p.ids, k)
			}
		}
		if st.do == enter || st.do == leave || st.key == fieldnames.Extra || st.key == fieldnames.ExtraCode || st.key == fieldnames.ErrorRecord {
			p.access = false // an object that may hold a code
		}
	}
	slices.SortStableFunc(p.facts, func(a, b int) int { return int(p.steps[a].depth) - int(p.steps[b].depth) })
}
