package parser

import (
	"fmt"
	"regexp"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/signs"
)

// MultilineConfig sets which lines make one record. In a configuration file it
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
	var errs fault.List
	m.compile(&errs)
	return errs.Err()
}

func (m MultilineConfig) compile(errs *fault.List) (c framing.Multiline) {
	switch {
	case m.First != "" && m.Mode != "":
		errs.AddFix("multiline", "remove one", "mode and first exclude one another")
	case m.First != "":
		re, err := regexp.Compile(m.First)
		if err != nil {
			errs.Add("multiline.first", "%v (the syntax is RE2)", err)
		}
		c.First = re
	case m.Mode == "off":
		c.Off = true
	case m.Mode != "" && m.Mode != "auto":
		errs.Add("multiline", "unknown %q: auto, off or {first: REGEX}", m.Mode)
	}
	return c
}

// WhatValue sets the server of the extra next to one value of the Android callback's what.
type WhatValue struct {
	What int    `mapstructure:"what" yaml:"what"`
	DRM  string `mapstructure:"drm" yaml:"drm"`
}

func (f *format) compileNames(c Config, errs *fault.List) {
	for i, name := range c.ExtraFields {
		if !lex.IsName([]byte(name)) {
			errs.Add(fmt.Sprintf("extra_fields[%d]", i), "%q is no field's name: letters, digits, _ - and . only", name)
			continue
		}
		if f.read.Extras == nil {
			f.read.Extras = make(map[string]bool)
		}
		f.read.Extras[name] = true
	}
	for i, w := range c.WhatValues {
		d, err := codes.ParseDRM(w.DRM)
		if err != nil {
			errs.Add(fmt.Sprintf("what_values[%d].drm", i), "%v", err)
			continue
		}
		if f.read.Whats == nil {
			f.read.Whats = make(signs.WhatValues)
			f.evaluate.Whats = f.read.Whats
		}
		f.read.Whats[w.What] = d
	}
}
