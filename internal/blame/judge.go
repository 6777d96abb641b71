package blame

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// leastSure is how many incidents or plays a verdict of high confidence needs.
const leastSure = 20

// Judge returns the verdict on what happens since an onset: of all traffic, or of a value
// of a dimension. Where nothing is unusual as a whole, it looks for a tenant where
// something is. It takes a millisecond.
func (b *Book) Judge(q Question) Verdict {
	at, known := b.scopeOf(q)
	if !known {
		return Verdict{Alert: q.Alert, By: q.By, Since: seconds(q.Onset), Judged: seconds(q.Now), Kind: Nothing, Owner: noOwner, Confidence: Low, Sentence: nothing}
	}
	s := b.measureSignals(q, at)
	chosen, ruledOut := s.choose()
	if chosen.kind == Nothing && at == nil {
		if at = b.findInside(s); at != nil {
			inside := b.measureSignals(q, at)
			if c, out := inside.choose(); inside.own != nil {
				s, chosen, ruledOut = inside, c, out
			}
		}
	}
	v := Verdict{
		Alert: q.Alert, By: q.By, Since: seconds(q.Onset), Judged: seconds(q.Now),
		Kind: chosen.kind, Owner: chosen.owner(s), Confidence: s.confidence(chosen), RuledOut: ruledOut,
		Incidents: int(s.incidents), Clients: int(s.clients),
		Known: s.known, TriesAPlay: s.tries,
		Share: s.finding.Share, UsualShare: s.finding.Usual, Witnesses: s.finding.Witnesses, Others: s.others(),
		Dimensions: b.shownBars(s.finding, ""), Named: b.shownNames(s.places()),
	}
	if s.known && s.before.byPlay {
		v.Plays = Plays{Now: round(s.plays), Expected: round(s.expected), Failing: s.failing, Usual: s.before.failing}
		v.Granted, v.Gateway = Granted{Now: 1 - s.failing, Usual: 1 - s.before.failing}, s.gateway
	}
	if s.scope != nil {
		v.Scope = &s.within
	}
	if s.own != nil {
		v.Share, v.UsualShare = s.own.Share, s.own.Usual
		row := Dimension{Name: s.within.Dimension, Values: b.dimensions[s.own.Dimension].count(), Top: []Bar{{s.within.Value, s.own.Share, s.own.Usual}}}
		v.Dimensions = slices.Insert(v.Dimensions, 0, row)
	}
	for _, r := range s.rising[:min(len(s.rising), 3)] {
		v.Codes = append(v.Codes, CodeRise{r.entry.DRM.String(), r.entry.Code, round(r.clients), r.normal})
	}
	if s.p95 > 0 && s.before.p95 > 0 {
		v.P95 = &Latency{Now: s.p95, Usual: s.before.p95, Before: s.before.slow}
	}
	if v.Kind == HostOut {
		v.Host = s.silent.Value
	}
	for i, p := range s.places() {
		if s.fresh(p.first, time.Hour) {
			v.FirstSeen = append(v.FirstSeen, FirstSeen{v.Named[i].Dimension, v.Named[i].Value, seconds(time.Unix(0, p.first))})
		}
	}
	v.Sentence = s.sentence(&v)
	return v
}

// choose returns the first rule that applies, and the kinds before it that do not. What the
// logs do not show is not ruled out.
func (s *signals) choose() (chosen rule, ruledOut []string) {
	for _, chosen = range rules() {
		if chosen.applies(s) {
			break
		}
		if chosen.tested == nil || chosen.tested(s) {
			ruledOut = appendKind(ruledOut, chosen.kind)
		}
	}
	return chosen, ruledOut
}

// appendKind adds a kind that does not apply, once; those that mean that something is
// usual rule out nothing.
func appendKind(list []string, k Kind) []string {
	if k == Nothing || slices.Contains(list, string(k)) {
		return list
	}
	return append(list, string(k))
}

// confidence counts the signs of a rule.
func (s *signals) confidence(r rule) Confidence {
	n := 0
	for _, sign := range r.signs(s) {
		if sign {
			n++
		}
	}
	enough := s.plays >= leastSure
	if len(s.rising) > 0 {
		enough = s.rising[0].clients >= leastSure
	}
	if r.kind == OneDevice {
		enough = s.incidents >= leastSure
	}
	switch {
	case n == 2 && enough && s.known:
		return High
	case n > 0 && s.known:
		return Medium
	}
	return Low
}

// others returns whether the values that are not named rose too.
func (s *signals) others() string {
	switch {
	case s.own != nil:
		return "as usual"
	case s.scope != nil && len(s.rising) > 0:
		return "rose too"
	case !s.finding.Known:
		return "not known yet"
	case len(s.finding.Named) == 0 && len(s.rising) > 0, len(s.finding.Named) > 0 && !s.finding.Others:
		return "rose too"
	}
	return "as usual"
}

// seconds returns a time in UTC without parts of a second.
func seconds(t time.Time) time.Time { return t.UTC().Round(time.Second) }

func round(f float64) int { return int(f + .5) }

func (b *Book) shownNames(places []Place) (list []Value) {
	for _, p := range places {
		d := &b.dimensions[p.Dimension]
		list = append(list, Value{d.name, shown(d.text(p.Value))})
	}
	return list
}

// shownBars returns the bars of a finding, of one dimension where it is named.
func (b *Book) shownBars(f Finding, only string) (list []Dimension) {
	slices.SortStableFunc(f.Bars, func(x, y Bars) int {
		return cmp.Compare(preference(f.names[x.Dimension]), preference(f.names[y.Dimension]))
	})
	for _, bars := range f.Bars {
		d := &b.dimensions[bars.Dimension]
		if only != "" && d.name != only || len(list) == maxShown {
			continue
		}
		row := Dimension{Name: d.name, Values: bars.Values, Alike: bars.Alike}
		for _, p := range bars.Top {
			row.Top = append(row.Top, Bar{shown(d.text(p.Value)), p.Share, p.Usual})
		}
		list = append(list, row)
	}
	return list
}

// shown makes a value from a log fit to be shown: printable, at most 64 characters.
func shown(value string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, value))
	return string(runes[:min(len(runes), maxShownText)])
}

// Spread returns how the failures since a time are spread. Of all codes it takes those
// that wanted chooses; a code of gateway failures is 0.
func (b *Book) Spread(since, now time.Time, wanted func(d string, code int, category string) bool, dimension string) Breakdown {
	first := since.UnixNano() / int64(time.Minute)
	chosen := make([]bool, len(b.codes))
	for i, c := range b.codes {
		category := "gateway"
		if c.slot < len(b.categories) {
			category = b.categories[c.slot]
		}
		chosen[i] = wanted(c.drm.String(), c.code, category)
	}
	var all sums
	window := b.since(since, first, b.newest)
	for _, m := range window {
		all.add(m)
	}
	n := b.normal(first, nil)
	clients, normal := 0., 0.
	for i, c := range all.codes {
		if chosen[i] {
			clients += c.clients
			normal += of(n.clients, i) * all.plays()
		}
	}
	// The whole window is compared with the traffic, not only what rose in it.
	f := b.contributors(n, nil, window, func(code uint16) bool { return chosen[code] }, clients, min(normal, clients/2))
	return Breakdown{
		Since: seconds(since), Judged: seconds(now), Clients: int(clients), Witnesses: f.Witnesses, Known: f.Known,
		Named: b.shownNames(f.Named), Share: f.Share, UsualShare: f.Usual, Dimensions: b.shownBars(f, dimension),
	}
}
