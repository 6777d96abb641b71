package blame

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wvwatch/internal/codes"
)

// nothing is the sentence of what is usual.
const nothing = "Nothing is unusual"

// sentence writes the verdict in one sentence and its owner in another.
func (s *signals) sentence(v *Verdict) string {
	since := s.Onset.Format("15:04 MST")
	var text string
	switch v.Kind {
	case Collapse:
		text = fmt.Sprintf("Players ask for %s fewer licences since %s (%s a minute, %s expected); of those that ask %s are granted%s: viewers cannot even ask. Look in front of the proxy: sign-in, catalogue, CDN, DNS, load balancer",
			percent(1-s.plays/s.expected), since, number(s.plays/s.minutes), number(s.expected/s.minutes), percent(1-s.failing), asUsual(s.granted()))
	case HostOut:
		text = fmt.Sprintf("%s %s has been silent since %s", upper(word(s.silent.Dimension)), s.silent.Value, since)
		if s.counted {
			text += fmt.Sprintf("; the others carry its load (%s of %s expected plays); %s granted%s", number(s.plays), number(s.expected), percent(1-s.failing), asUsual(s.granted()))
		}
		if s.counted && s.granted() {
			text += ": no viewer is hurt yet"
		}
	case Gateway:
		part, usual := percent(s.gateway)+" of plays", percent(s.before.gateway)
		if !s.counted {
			part, usual = number(s.gateway*s.plays)+" clients", number(s.before.gateway*s.before.plays*s.minutes)
		}
		text = fmt.Sprintf("%s get no answer from a licence server since %s (502/503/504 of the proxy, usual %s)%s%s", part, since, usual, s.where(v), s.latency())
		if len(s.rising) == 0 {
			text += "; no licence server has refused more than usual"
		}
	case OneDevice:
		text = fmt.Sprintf("%d x %s since %s, %s of them from one device: no outage", v.Incidents, codeText(s.lonely.entry), since, percent(s.busiest))
		if s.counted {
			text += fmt.Sprintf("; %s of plays are granted%s", percent(1-s.failing), asUsual(s.granted()))
		}
	case Retry:
		text = fmt.Sprintf("Players try at least %.1f times a play since %s (usual %.1f), but no more plays fail than usual (%s): retry storm, not an outage",
			s.tries, since, s.usual, percent(s.failing))
	case Crowd:
		text = fmt.Sprintf("%.1f times the usual plays since %s; %s fail, usual %s: more viewers, not more failures",
			s.timesPlays(), since, percent(s.failing), percent(s.before.failing))
	case Nothing:
		return nothing
	default:
		text = s.codes(v, since)
	}
	if s.scope != nil {
		text = s.inside(text)
	}
	return fmt.Sprintf("%s. Likely owner: %s (%s).", text, v.Owner, v.Confidence)
}

// inside begins a text with the scope that it is about.
func (s *signals) inside(text string) string {
	usual := ""
	if s.own != nil && s.own.Usual > 0 {
		usual = fmt.Sprintf(" (usually %s of the traffic)", percent(s.own.Usual))
	}
	first, size := utf8.DecodeRuneInString(text)
	return fmt.Sprintf("At %s %s%s %c%s", word(s.within.Dimension), s.within.Value, usual, unicode.ToLower(first), text[size:])
}

// codes writes the sentence of a verdict on codes that rose.
func (s *signals) codes(v *Verdict, since string) string {
	var b strings.Builder
	switch {
	case s.counted:
		fmt.Fprintf(&b, "%s of plays fail since %s (usual %s): %s", percent(s.failing), since, percent(s.before.failing), codesText(s.rising))
	default:
		clients, normal, usual := 0., 0., ""
		for _, r := range s.rising {
			clients, normal = clients+r.clients, normal+r.normal
		}
		if s.known {
			usual = fmt.Sprintf(" (usual %s)", number(math.Round(normal*10)/10))
		}
		fmt.Fprintf(&b, "%s clients fail since %s%s: %s", number(clients), since, usual, codesText(s.rising))
	}
	switch v.Kind {
	case Wave:
		r, moment := s.rising[0], "at midnight"
		if s.turn {
			moment = "at the turn of the month"
		}
		fmt.Fprintf(&b, ", %s where %s are usual, %s and spread as usual: expected wave; a fault only if it does not decay within hours", number(r.clients), number(r.normal), moment)
		return b.String()
	case Subscriber:
		fmt.Fprintf(&b, "%s: subscriber system (BSS) or its sync, not viewers", s.where(v))
	case Overload:
		fmt.Fprintf(&b, " under %.1f times the usual plays%s;%s: overload", s.timesPlays(), s.latency(), strings.TrimPrefix(s.where(v), ","))
		return b.String()
	default:
		b.WriteString(s.where(v) + s.latency())
	}
	if s.besides {
		b.WriteString("; other codes rose, too")
	} else if s.counted {
		fmt.Fprintf(&b, "; granted %s -> %s", percent(1-s.before.failing), percent(1-s.failing))
	}
	if len(v.FirstSeen) > 0 {
		b.WriteString("; first seen less than an hour ago")
	}
	return b.String()
}

// where returns who carries the rise.
func (s *signals) where(v *Verdict) string {
	others := "; all others as usual"
	switch {
	case s.own != nil && len(s.finding.Named) == 0 && !s.finding.Known:
		return others
	case s.own != nil && len(s.finding.Named) == 0:
		return s.alikeText(v) + others
	case s.scope != nil && len(s.finding.Named) == 0 && len(s.rising) > 0:
		return "; others rose too"
	case len(s.finding.Named) == 0 && !s.finding.Known && s.known && !s.before.byPlay:
		return ", where is not known: there are no granted requests to compare with"
	case len(s.finding.Named) == 0 && !s.finding.Known:
		return ", where is not known yet"
	case len(s.finding.Named) == 0:
		return s.alikeText(v)
	}
	var places []string
	for _, n := range v.Named[len(v.Named)-len(s.finding.Named):] {
		places = append(places, word(n.Dimension)+" "+n.Value)
	}
	joined := strings.Join(places, ", ")
	if s.finding.Set {
		joined = strings.Join(places, " and ")
	}
	usual := ""
	if s.finding.Usual > 0 {
		usual = fmt.Sprintf(" (usually %s of the traffic)", percent(s.finding.Usual))
	}
	if s.own == nil && !s.finding.Others {
		others = "; others rose too"
	}
	return fmt.Sprintf(", %s of the rise at %s%s%s", percent(s.finding.Share), joined, usual, others)
}

// alikeText names what is alike, at most three dimensions.
func (s *signals) alikeText(v *Verdict) string {
	var words []string
	for _, d := range v.Dimensions {
		if w := word(d.Name) + "s"; d.Alike && !slices.Contains(words, w) && len(words) < 3 {
			words = append(words, w)
		}
	}
	switch len(words) {
	case 0:
		return ", at no place in particular"
	case 1:
		return ", all " + words[0] + " alike"
	}
	last := len(words) - 1
	return ", all " + strings.Join(words[:last], ", ") + " and " + words[last] + " alike"
}

// latency returns how much slower answers are.
func (s *signals) latency() string {
	if !s.slow(2) {
		return ""
	}
	text := fmt.Sprintf("; licence p95 rose from %s to %s", latency(s.before.p95), latency(s.p95))
	if s.before.slow > 0 {
		text += fmt.Sprintf(" %d min before", s.before.slow)
	}
	return text
}

// word is how a sentence names a dimension.
func word(dimension string) string {
	switch {
	case dimension == "app_version":
		return "app"
	case dimension == "device_model":
		return "device model"
	}
	return strings.ReplaceAll(dimension, "_", " ")
}

func asUsual(yes bool) string {
	if yes {
		return ", as usual"
	}
	return ""
}

// codesText names up to three codes.
func codesText(list []rising) string {
	var words []string
	for _, r := range list[:min(len(list), 3)] {
		words = append(words, codeText(r.entry))
	}
	text := strings.Join(words, ", ")
	if len(list) > 3 {
		text += fmt.Sprintf(" and %d more", len(list)-3)
	}
	if len(list) > 1 {
		text += " rose together"
	}
	return text
}

// codeText is the number and the catalogue's description as a part of a sentence.
func codeText(e codes.Entry) string {
	text := strings.TrimRight(e.Description, ".")
	switch {
	case !e.Listed:
		text = codes.CategoryUnlisted
	case text == "":
		text = e.Category
	}
	for _, article := range []string{"The ", "A "} {
		text = strings.TrimPrefix(text, article)
	}
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); !unicode.IsUpper(second) { // not "DRM error"
		text = string(unicode.ToLower(first)) + text[size:]
	}
	return strconv.Itoa(e.Code) + " " + text
}

func upper(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

// percent writes a share: two digits below ten, and an estimate of all as such.
func percent(share float64) string {
	switch p := 100 * share; {
	case p >= 99.5:
		return "nearly all"
	case p >= 9.95:
		return fmt.Sprintf("%.0f %%", p)
	default:
		return fmt.Sprintf("%.1f %%", max(p, 0))
	}
}

func number(n float64) string {
	if n < 10 && n != math.Trunc(n) {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

func latency(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.0f ms", 1000*s)
	}
	return fmt.Sprintf("%.1f s", s)
}
