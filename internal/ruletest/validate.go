package ruletest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/humanize"
)

// maxSpan bounds how long a test lasts: it is judged every second.
const maxSpan = 7 * 24 * time.Hour

// maxLines bounds how often one line is written.
const maxLines = 1_000_000

// validate reports every fault that the form of the file does not show.
func (f *File) validate() error {
	var fs fault.List
	names := make([]string, len(f.Sources))
	for i, s := range f.Sources {
		names[i] = s.Name
		path := fmt.Sprintf("sources[%d]", i)
		if s.Name == "" {
			fs.Add(path, "no name")
		}
		fs.Under(path, s.Parser.Validate())
	}
	fs.Under("", alert.ValidateWith(f.rules, f.cat, names, f.settings))
	if len(f.Tests) == 0 {
		fs.AddFix("", "write tests: [{name: ..., lines: [...], expect: [...]}]", "no tests")
	}
	for i := range f.Tests {
		f.Tests[i].validate(f, fs.At(fmt.Sprintf("tests[%d]", i)), names)
	}
	return fs.Err()
}

func (t *ruleTest) validate(f *File, fs fault.Scope, sources []string) {
	if t.Name == "" {
		fs.Add("", "no name")
	}
	if t.Start.IsZero() {
		t.Start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	}
	named := func(at fault.Scope, source string) {
		if source != "" && !slices.Contains(sources, source) {
			at.Add("", "no source %q: there is %s", source, strings.Join(sources, ", "))
		}
	}
	server := func(at fault.Scope, drm string) {
		if _, err := codes.ParseDRM(drm); drm != "" && err != nil {
			at.Add("", "%v", err)
		}
	}
	var before time.Duration
	for i := range t.Lines {
		l, at := &t.Lines[i], fs.At(fmt.Sprintf("lines[%d]", i))
		if l.At == nil {
			l.At = new(before)
		}
		before = *l.At
		l.Times, l.Source = max(l.Times, 1), cmp.Or(l.Source, sources[0])
		named(at, l.Source)
		server(at, l.DRM)
		switch {
		case l.Line == "":
			at.Add("", "no line")
		case *l.At < 0 || l.Every < 0:
			at.Add("", "at and every cannot be below 0")
		case l.Times > maxLines || *l.At > maxSpan || l.Every > 0 && l.Times-1 > int((maxSpan-*l.At)/l.Every):
			at.Add("", "written too often or too long: at most %d times within %s", maxLines, humanize.Duration(maxSpan))
		case l.DRM != "" && l.Codes == nil:
			at.AddFix("", "add codes", "drm says of which server codes are")
		}
	}
	if len(t.Expect) == 0 && !slices.ContainsFunc(t.Lines, func(l testLine) bool { return l.Codes != nil }) {
		fs.AddFix("", "add expect, or codes to a line", "nothing is expected")
	}
	for i := range t.Expect {
		e, at := &t.Expect[i], fs.At(fmt.Sprintf("expect[%d]", i))
		named(at, e.Source)
		server(at, e.DRM)
		if e.At == nil {
			at.Add("", "no at: the time from the start at which it is looked")
			e.At = new(time.Duration)
		} else if *e.At < 0 || *e.At > maxSpan {
			at.Add("", "at %s: must be from 0s to %s", *e.At, humanize.Duration(maxSpan))
		}
		e.validate(f, at)
	}
}

func (e *expectation) validate(f *File, at fault.Scope) {
	known := func(rule string) {
		if !slices.ContainsFunc(f.rules, func(r alert.RuleConfig) bool { return r.Name == rule || r.Name+"NewLevel" == rule }) {
			at.Add("", "no rule %q: %s", rule, strings.Join(ruleNames(f.rules), ", "))
		}
	}
	kinds := 0
	for _, asked := range []bool{e.Alert != "", e.Firing != nil, e.Code != 0} {
		if asked {
			kinds++
		}
	}
	if kinds != 1 {
		at.Add("", "must name one of alert, firing and code")
		return
	}
	switch {
	case e.Alert != "":
		known(e.Alert)
		if e.Group != "" && !slices.ContainsFunc(f.rules, func(r alert.RuleConfig) bool { return r.Name == e.Alert && len(r.By) > 0 }) {
			at.Add("", "group: rule %s makes one alert for all: it has no by", e.Alert)
		}
		var s alert.State
		if err := s.UnmarshalText([]byte(e.State)); err != nil {
			at.AddFix("", "one of inactive, pending, firing", "state %q", e.State)
		}
		if e.Codes != nil && e.State != "firing" {
			at.Add("", "codes: only a firing alert names its codes")
		}
	case e.Firing != nil:
		for _, name := range *e.Firing {
			known(name)
		}
	case e.Count == nil && e.Incidents == nil:
		at.Add("", "code needs count or incidents")
	}
	if e.Alert == "" && (e.State != "" || e.Codes != nil || e.Group != "") {
		at.Add("", "state, codes and group belong to alert")
	}
	if e.Code == 0 && (e.DRM != "" || e.Source != "" || e.Count != nil || e.Incidents != nil) {
		at.Add("", "drm, source, count and incidents belong to code")
	}
}

func ruleNames(rules []alert.RuleConfig) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	return names
}
