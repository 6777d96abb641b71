package alert

import "wvwatch/internal/codes"

// several is the value of the labels drm and category of a rule that spans
// more than one: the label stays, so that routes and templates can rely on it.
const several = "several"

// selector is a Match made ready for use.
type selector struct {
	codes      map[int][codes.NumDRM]bool // nil allows all, as everywhere here
	drms       map[codes.DRM]bool
	categories map[string]bool
	severities map[string]bool
	outcomes   map[string]bool
	sources    map[string]bool

	judged []choice // what entry has returned, by the ids of an index
}

// choice is whether a selector selects an entry; the zero value is not known yet.
type choice uint8

const (
	selected choice = iota + 1
	skipped
)

func newSelector(m Match, cat *codes.Catalogue) selector {
	s := selector{
		categories: setOf(m.Categories),
		severities: setOf(m.Severities),
		outcomes:   setOf(m.Outcomes),
		sources:    setOf(m.Sources),
	}
	for _, name := range m.DRMs {
		if d, err := codes.ParseDRM(name); err == nil {
			if s.drms == nil {
				s.drms = make(map[codes.DRM]bool)
			}
			s.drms[d] = true
		}
	}
	for _, code := range m.Codes {
		if s.codes == nil {
			s.codes = make(map[int][codes.NumDRM]bool)
		}
		// The number alone does not name the failure: 1007 is "invalid date"
		// to one server and "too many sessions" to another. It is taken for
		// what the lists mean, unless the user names the server.
		var servers [codes.NumDRM]bool
		for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
			servers[d] = len(m.DRMs) > 0 || means(cat, d, code)
		}
		s.codes[code] = servers
	}
	return s
}

// means reports whether it is known what a server means by a number: it is
// listed, or has at least been seen in the field.
func means(cat *codes.Catalogue, d codes.DRM, code int) bool {
	e := cat.Resolve(d, code)
	return e.Listed || e.Description != ""
}

// entry reports whether the rule counts e.
func (s *selector) entry(e codes.Entry) bool {
	return (s.codes == nil || s.codes[e.Code][e.DRM]) &&
		(s.drms == nil || s.drms[e.DRM]) &&
		(s.categories == nil || s.categories[e.Category]) &&
		(s.severities == nil || s.severities[e.Severity]) &&
		(s.outcomes == nil || s.outcomes[e.Outcome])
}

// selects is entry, remembered by the id that an index gave e. It serves one
// goroutine.
func (s *selector) selects(id int, e *codes.Entry) bool {
	if id >= len(s.judged) {
		s.judged = append(s.judged, make([]choice, id+1-len(s.judged))...)
	}
	if s.judged[id] == 0 {
		s.judged[id] = skipped
		if s.entry(*e) {
			s.judged[id] = selected
		}
	}
	return s.judged[id] == selected
}

// server reports whether the rule is about a server.
func (s *selector) server(d codes.DRM) bool { return s.drms == nil || s.drms[d] }

// source reports whether the rule counts events of a source.
func (s *selector) source(name string) bool { return s.sources == nil || s.sources[name] }

// examples returns an entry of every kind that s can select: the listed ones,
// and for each server what an unlisted code of it would look like.
func (s *selector) examples(cat *codes.Catalogue) []codes.Entry {
	var es []codes.Entry
	add := func(e codes.Entry) {
		if s.entry(e) {
			es = append(es, e)
		}
	}
	for i := range cat.Len() {
		add(cat.At(i))
	}
	for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
		if s.codes == nil {
			add(cat.Resolve(d, 0))
		}
		for code := range s.codes {
			if cat.Index(d, code) < 0 {
				add(cat.Resolve(d, code))
			}
		}
	}
	return es
}

// identity returns the labels drm and category of the rule. They follow from
// configuration and catalogue alone, never from what happens to be counted: an
// alert that changed its labels would be another alert.
func (s *selector) identity(cat *codes.Catalogue) (drm, category string) {
	for _, e := range s.examples(cat) {
		drm = merge(drm, e.DRM.String())
		category = merge(category, e.Category)
	}
	return drm, category
}

func merge(have, next string) string {
	if have == "" || have == next {
		return next
	}
	return several
}

func setOf(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
