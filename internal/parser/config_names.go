package parser

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/signs"
)

// MultilineConfig says which lines make one record. In a configuration file it
// is a word, auto or off, or {first: REGEX}: a record's first line matches, all
// others go on with it. The zero value is auto.
type MultilineConfig struct {
	Mode  string `mapstructure:"mode" yaml:"mode,omitempty"`
	First string `mapstructure:"first" yaml:"first,omitempty"`
}

// UnmarshalText reads the short form, a word.
func (m *MultilineConfig) UnmarshalText(text []byte) error {
	*m = MultilineConfig{Mode: string(text)}
	if m.Mode == "auto" {
		m.Mode = "" // the same
	}
	var errs faults
	m.compile(&errs)
	return errors.Join(errs...)
}

func (m MultilineConfig) compile(errs *faults) (c framing.Multiline) {
	switch {
	case m.First != "" && m.Mode != "":
		errs.add("multiline", "mode and first exclude one another: remove one")
	case m.First != "":
		re, err := regexp.Compile(m.First)
		if err != nil {
			errs.add("multiline.first", "%v (the syntax is RE2)", err)
		}
		c.First = re
	case m.Mode == "off":
		c.Off = true
	case m.Mode != "" && m.Mode != "auto":
		errs.add("multiline", "unknown %q: auto, off or {first: REGEX}", m.Mode)
	}
	return c
}

// WhatValue says whose the extra beside one value of the Android callback's what is.
type WhatValue struct {
	What int    `mapstructure:"what" yaml:"what"`
	DRM  string `mapstructure:"drm" yaml:"drm"`
}

func (f *format) compileNames(c Config, errs *faults) {
	for i, name := range c.ExtraFields {
		if !lex.IsName([]byte(name)) {
			errs.add(fmt.Sprintf("extra_fields[%d]", i), "%q is no field's name: letters, digits, _ - and . only", name)
			continue
		}
		if f.extras == nil {
			f.extras = make(map[string]bool)
		}
		f.extras[name] = true
	}
	for i, w := range c.WhatValues {
		d, err := codes.ParseDRM(w.DRM)
		if err != nil {
			errs.add(fmt.Sprintf("what_values[%d].drm", i), "%v", err)
			continue
		}
		if f.whats == nil {
			f.whats = make(signs.WhatValues)
		}
		f.whats[w.What] = d
	}
}

// userRows are the rows of what the user named.
func (f *format) userRows() []row {
	var out []row
	for _, name := range slices.Sorted(maps.Keys(f.extras)) {
		out = append(out, row{name, rarest(name), (*scan).userExtra})
	}
	for _, p := range f.paths {
		literal := "/" + p.Literal
		out = append(out, row{literal, len(literal) - 1, (*scan).path})
	}
	if f.regex != nil {
		if l := f.literal(f.regex.String()); l != "" {
			out = append(out, row{l, rarest(l), func(_ *scan, _ []byte, _, a int, _ place) int { return a + 1 }})
		}
	}
	return out
}

// rarest returns the index of the byte of s that logs hold least.
func rarest(s string) int {
	const common = " etaoinsrhldcumpgfybwvk0123456789\":,./-_=TSEAIRO[]{}()jxqzNDLCMUPG"
	best, rank := 0, -1
	for i := range len(s) {
		r := strings.IndexByte(common, s[i])
		if r < 0 {
			r = len(common)
		}
		if r > rank {
			best, rank = i, r
		}
	}
	return best
}

// literal returns the longest text that whatever the pattern matches must hold,
// or "" where there is none worth a search.
func (f *format) literal(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	l := required(re.Simplify())
	if len(l) < 3 {
		return ""
	}
	return l
}

func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if l := required(sub); len(l) > len(best) {
				best = l
			}
		}
		return best
	}
	return ""
}
