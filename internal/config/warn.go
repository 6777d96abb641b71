package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// warn collects warnings of settings that are valid but probably not meant.
func (c *Config) warn() {
	c.warnings = strayVariables()
	first := map[string]string{}
	for i, s := range c.Sources {
		for j, pattern := range s.Tail.Files {
			pattern = filepath.Clean(pattern)
			if other, ok := first[pattern]; ok && other != s.Tail.Name {
				c.warnings.Add(fmt.Sprintf("sources[%d].files[%d]", i, j),
					"sources %s and %s both follow %s: every line of it counts twice, once for each", other, s.Tail.Name, fault.Quote(pattern))
				continue
			}
			first[pattern] = s.Tail.Name
		}
	}
	c.warnInputs()
	c.warnElsewhere()
	c.warnIdentity()
	c.warnLinks()
	c.warnReceivers()
	for i, m := range c.Mute {
		if m.Always() {
			c.warnings.Add(fmt.Sprintf("mute[%d]", i), "%s mutes every alert at every time: give it match, or days, from and to", m.Name)
		}
	}
	for _, e := range c.warnings {
		c.Place(e)
	}
}

// warnInputs warns of listeners that anyone may reach.
func (c *Config) warnInputs() {
	for i, s := range c.Sources {
		for _, w := range s.Input.Warnings() {
			c.warnings.Add(fmt.Sprintf("sources[%d].%s", i, s.Input.Kind()), "%s", w)
		}
	}
}

// warnElsewhere warns of rules for codes of a server that none of their sources is read as.
func (c *Config) warnElsewhere() {
	cat, err := codes.Load(c.Codes)
	if err != nil || len(c.Sources) == 0 {
		return // reported already
	}
	servers := map[string]string{}
	for _, s := range c.Sources {
		servers[s.Tail.Name] = cmp.Or(s.Parse.DRM, codes.Widevine.String())
	}
	for i, r := range c.Alerts {
		if meant := r.Elsewhere(cat, servers); len(meant) > 0 {
			c.warnings.Add(fmt.Sprintf("alerts[%d].match", i),
				"alert %s is about codes of %s, but none of its sources has that as its drm: it fires only by records that name the server, as a licence path does",
				r.Name, strings.Join(meant, ", "))
		}
	}
}
