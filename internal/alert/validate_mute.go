package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// ValidateMutes reports every fault of mutes at once, each with its
// path and a fix. rules are those of the same configuration, valid or not; external are
// the daemon's labels.
func ValidateMutes(mutes []MuteConfig, rules []RuleConfig, cat *codes.Catalogue, external map[string]string) error {
	var fs fault.List
	first := make(map[string]int)
	for i, c := range mutes {
		path := fmt.Sprintf("mute[%d]", i)
		m, err := newMute(c)
		if err != nil {
			fs.Under(path, err)
			continue
		}
		if j, ok := first[c.Name]; ok {
			fs.Add(path+".name", "%q is the name of mute[%d] too: the name says why an alert is muted", c.Name, j)
		}
		first[c.Name] = i
		m.checkMatch(fs.At(path+".match"), rules, cat, external)
	}
	return fs.Err()
}

// checkMatch refuses a label that no alert has, and a match of no rule.
func (m *mute) checkMatch(f fault.Scope, rules []RuleConfig, cat *codes.Catalogue, external map[string]string) {
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
		if near := fault.Nearest(name, names); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		f.AddFix(name, fix, "no alert has this label")
		return
	}
	for _, c := range rules {
		if m.mayMute(c.withDefaults(), cat, external) {
			return
		}
	}
	if len(rules) > 0 {
		f.Add("", "no rule makes an alert with these labels, so it mutes nothing")
	}
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
			if !slices.Contains(c.By, label) { // the value is not known
				may = may && value.MatchString(labels[label])
			}
		}
		if may {
			return true
		}
	}
	return false
}
