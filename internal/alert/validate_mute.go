package alert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wvwatch/internal/codes"
)

// ValidateMutes reports every fault of mutes at once, joined, each with its
// path and a fix. rules are the rules beside them, valid or not; external are
// the daemon's labels.
func ValidateMutes(mutes []MuteConfig, rules []RuleConfig, cat *codes.Catalogue, external map[string]string) error {
	var errs []error
	first := make(map[string]int)
	for i, c := range mutes {
		path := fmt.Sprintf("mute[%d]", i)
		m, err := newMute(c)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				errs = append(errs, fmt.Errorf("%s.%s", path, line))
			}
			continue
		}
		if j, ok := first[c.Name]; ok {
			errs = append(errs, fmt.Errorf("%s.name: %q is the name of mute[%d] too: the name says why an alert is muted", path, c.Name, j))
		}
		first[c.Name] = i
		if err := m.checkMatch(path, rules, cat, external); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// checkMatch refuses a label that no alert has, and a match of no rule.
func (m *mute) checkMatch(path string, rules []RuleConfig, cat *codes.Catalogue, external map[string]string) error {
	known := map[string]bool{instanceLabel: true, "alertname": true, "severity": true, "drm": true, "category": true}
	for name := range external {
		known[name] = true
	}
	for _, r := range rules {
		for name := range r.Labels {
			known[name] = true
		}
		for _, by := range r.By {
			known[by] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.match)) {
		if known[name] {
			continue
		}
		names := slices.Sorted(maps.Keys(known))
		fix := "alerts have " + strings.Join(names, ", ")
		if near := nearest(name, names); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		return fmt.Errorf("%s.match.%s: no alert has this label: %s", path, name, fix)
	}
	for _, c := range rules {
		if m.mayMute(c.withDefaults(), cat, external) {
			return nil
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return fmt.Errorf("%s.match: no rule makes an alert with these labels, so it mutes nothing", path)
}

// mayMute reports whether an alert of the rule, or the notice of its new
// level, can match.
func (m *mute) mayMute(c RuleConfig, cat *codes.Catalogue, external map[string]string) bool {
	sel := newSelector(c.Match, cat)
	labels := maps.Clone(Identity(external))
	labels["drm"], labels["category"] = sel.identity(cat)
	maps.Copy(labels, c.Labels)
	for _, name := range [][2]string{{c.Name, c.Severity}, {c.Name + levelSuffix, levelSeverity}} {
		labels["alertname"], labels["severity"] = name[0], name[1]
		may := true
		for label, value := range m.match {
			if !slices.Contains(c.By, label) { // of whose value nothing is known
				may = may && value.MatchString(labels[label])
			}
		}
		if may {
			return true
		}
	}
	return false
}
