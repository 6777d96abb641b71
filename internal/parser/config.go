package parser

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/parser/evaluate"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/read"
)

// Config sets how one source's records are read. The zero value is format auto,
// drm widevine, timezone Local.
type Config struct {
	Format   string        `mapstructure:"format" yaml:"format"` // auto, json, logfmt, regex
	DRM      string        `mapstructure:"drm" yaml:"drm"`       // what a code without any sign of its server is taken for
	Timezone string        `mapstructure:"timezone" yaml:"timezone"`
	JSON     *FieldsConfig `mapstructure:"json" yaml:"json,omitempty"`
	Logfmt   *FieldsConfig `mapstructure:"logfmt" yaml:"logfmt,omitempty"`
	Regex    string        `mapstructure:"regex" yaml:"regex,omitempty"`

	Multiline    MultilineConfig `mapstructure:"multiline" yaml:"multiline,omitempty"`
	LicencePaths []LicencePath   `mapstructure:"licence_paths" yaml:"licence_paths,omitempty"`
	ExtraFields  []string        `mapstructure:"extra_fields" yaml:"extra_fields,omitempty"` // further names of the extra, format auto
	WhatValues   []WhatValue     `mapstructure:"what_values" yaml:"what_values,omitempty"`
	Labels       []LabelConfig   `mapstructure:"labels" yaml:"labels,omitempty"`
	Automatic    bool            `mapstructure:"-" yaml:"-"`                     // read the automatic labels, too
	Client       string          `mapstructure:"client" yaml:"client,omitempty"` // path of who asks, as LabelConfig.Path
}

// FieldsConfig names where a configured format keeps what is read: dotted JSON
// paths or logfmt keys. Several candidates for the code are tried in order.
type FieldsConfig struct {
	Code          []string `mapstructure:"code" yaml:"code"`
	Time          string   `mapstructure:"time" yaml:"time"`
	Tenant        string   `mapstructure:"tenant" yaml:"tenant"`
	CorrelationID string   `mapstructure:"correlation_id" yaml:"correlation_id"`
}

// check adds what is wrong with the names of format json or logfmt.
func (c *FieldsConfig) check(format string, errs *fault.List) {
	names := map[string]string{"time": c.Time, "tenant": c.Tenant, "correlation_id": c.CorrelationID}
	for i, p := range c.Code {
		names[fmt.Sprintf("code[%d]", i)] = p
	}
	for _, key := range slices.Sorted(maps.Keys(names)) {
		name := names[key]
		if strings.TrimSpace(name) == "" {
			if strings.HasPrefix(key, "code") {
				errs.Add(format+"."+key, "empty")
			}
			continue
		}
		if err := lex.CheckPath(name); format == "json" && err != nil {
			errs.Add(format+"."+key, "%q: %v", name, err)
		}
	}
}

// format is a compiled Config.
type format struct {
	multiline  framing.Multiline
	read       read.Options
	evaluate   evaluate.Options
	labelNames []string // without the tenant
	automatic  int      // of these, the last ones
}

// Validate reports every fault of c, each with its path inside the source.
func (c Config) Validate() error {
	_, err := c.compile()
	return err
}

func (c Config) compile() (format, error) {
	f := format{evaluate: evaluate.Options{DRM: codes.Widevine, Location: time.Local}}
	var errs fault.List
	if c.DRM != "" {
		d, err := codes.ParseDRM(c.DRM)
		if err != nil {
			errs.Add("drm", "%v", err)
		}
		f.evaluate.DRM = d
	}
	if c.Timezone != "" {
		l, err := time.LoadLocation(c.Timezone)
		if err != nil {
			errs.Add("timezone", "unknown time zone %q: Local, UTC or a name like Europe/Zurich", c.Timezone)
		} else {
			f.evaluate.Location = l
		}
	}
	f.compileFormat(c, &errs)
	for _, other := range []struct {
		format string
		given  bool
	}{{"json", c.JSON != nil}, {"logfmt", c.Logfmt != nil}, {"regex", c.Regex != ""}} {
		if other.given && c.Format != other.format {
			errs.AddFix(other.format, fmt.Sprintf("set format: %s or remove it", other.format), "given, but the format is %s", c.formatName())
		}
	}
	f.multiline = c.Multiline.compile(&errs)
	paths := compilePaths(c.LicencePaths, f.evaluate.DRM, &errs)
	f.read.Paths, f.evaluate.Paths = paths, paths
	f.compileNames(c, &errs)
	f.compileLabels(c, f.read.Regex, &errs)
	f.compileAutomatic(c)
	f.compileClient(c, &errs)
	if most, is := f.read.TooMany(); is {
		errs.Add("licence_paths", "too many different names: at most %d may be searched for", most)
	}
	return f, errs.Err()
}

func (c Config) formatName() string {
	if c.Format == "" {
		return "auto"
	}
	return c.Format
}

func (f *format) compileFormat(c Config, errs *fault.List) {
	f.read.Every = true
	switch c.formatName() {
	case "auto":
		f.read.Auto, f.read.Every = true, false
	case "json", "logfmt":
		f.read.Logfmt = c.Format == "logfmt"
		fields := c.JSON
		if f.read.Logfmt {
			fields = c.Logfmt
		}
		if fields == nil || len(fields.Code) == 0 {
			errs.AddFix(c.Format+".code", fmt.Sprintf("name the field that holds the code, for example %s: {code: [error.extra]}", c.Format), "missing")
			return
		}
		fields.check(c.Format, errs)
		f.read.Fields = (*read.Fields)(fields)
	case "regex":
		if c.Regex == "" {
			errs.Add("regex", "missing: format regex needs a pattern with a group (?P<code>\\d{4})")
			return
		}
		re, err := regexp.Compile(c.Regex)
		if err != nil {
			errs.Add("regex", "%v (the syntax is RE2)", err)
			return
		}
		if re.SubexpIndex("code") < 0 {
			errs.AddFix("regex", "write (?P<code>\\d{4}) where the code is", "no group named code")
		}
		f.read.Regex = re
		f.read.Every = read.Literal(c.Regex) == ""
	default:
		errs.AddFix("format", "one of auto, json, logfmt, regex", "unknown format %q", c.Format)
	}
}
