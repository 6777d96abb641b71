package parser

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"wvwatch/internal/codes"
)

// Config says how one source's records are read. The zero value is format auto,
// drm widevine, timezone Local.
type Config struct {
	Format   string        `mapstructure:"format" yaml:"format"` // auto, json, logfmt, regex
	DRM      string        `mapstructure:"drm" yaml:"drm"`       // what a code without any sign of its server is taken for
	Timezone string        `mapstructure:"timezone" yaml:"timezone"`
	JSON     *FieldsConfig `mapstructure:"json" yaml:"json,omitempty"`
	Logfmt   *FieldsConfig `mapstructure:"logfmt" yaml:"logfmt,omitempty"`
	Regex    string        `mapstructure:"regex" yaml:"regex,omitempty"`
}

// FieldsConfig names where a configured format keeps what is read: dotted JSON
// paths or logfmt keys. Several candidates for the code are tried in order.
type FieldsConfig struct {
	Code          []string `mapstructure:"code" yaml:"code"`
	Time          string   `mapstructure:"time" yaml:"time"`
	Tenant        string   `mapstructure:"tenant" yaml:"tenant"`
	CorrelationID string   `mapstructure:"correlation_id" yaml:"correlation_id"`
}

// format is a compiled Config.
type format struct {
	auto        bool
	drm         codes.DRM
	location    *time.Location
	groups      []group
	everyRecord bool // no literal tells which records are worth reading
	fields      *FieldsConfig
	logfmt      bool
	regex       *regexp.Regexp
}

// Validate reports every fault of c, each with its path inside the source.
func (c Config) Validate() error {
	_, err := c.compile()
	return err
}

func (c Config) compile() (format, error) {
	f := format{drm: codes.Widevine, location: time.Local}
	var errs []error
	fault := func(path, text string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(text, args...)))
	}
	if c.DRM != "" {
		d, err := codes.ParseDRM(c.DRM)
		if err != nil {
			fault("drm", "%v", err)
		}
		f.drm = d
	}
	if c.Timezone != "" {
		l, err := time.LoadLocation(c.Timezone)
		if err != nil {
			fault("timezone", "unknown time zone %q: Local, UTC or a name like Europe/Zurich", c.Timezone)
		} else {
			f.location = l
		}
	}
	f.compileFormat(c, fault)
	for _, other := range []struct {
		format string
		given  bool
	}{{"json", c.JSON != nil}, {"logfmt", c.Logfmt != nil}, {"regex", c.Regex != ""}} {
		if other.given && c.Format != other.format {
			fault(other.format, "given, but the format is %s: set format: %s or remove it", c.formatName(), other.format)
		}
	}
	f.groups = groupRows(rows())
	return f, errors.Join(errs...)
}

func (c Config) formatName() string {
	if c.Format == "" {
		return "auto"
	}
	return c.Format
}

func (f *format) compileFormat(c Config, fault func(path, text string, args ...any)) {
	f.everyRecord = true
	switch c.formatName() {
	case "auto":
		f.auto, f.everyRecord = true, false
	case "json", "logfmt":
		f.logfmt = c.Format == "logfmt"
		f.fields = c.JSON
		if f.logfmt {
			f.fields = c.Logfmt
		}
		if f.fields == nil || len(f.fields.Code) == 0 {
			fault(c.Format+".code", "missing: name the field that holds the code, for example %s: {code: [error.extra]}", c.Format)
			return
		}
		for i, p := range f.fields.Code {
			if strings.TrimSpace(p) == "" {
				fault(fmt.Sprintf("%s.code[%d]", c.Format, i), "empty")
			}
		}
	case "regex":
		if c.Regex == "" {
			fault("regex", "missing: format regex needs a pattern with a group (?P<code>\\d{4})")
			return
		}
		re, err := regexp.Compile(c.Regex)
		if err != nil {
			fault("regex", "%v (the syntax is RE2)", err)
			return
		}
		if re.SubexpIndex("code") < 0 {
			fault("regex", "no group named code: write (?P<code>\\d{4}) where the code stands")
		}
		f.regex = re
	default:
		fault("format", "unknown format %q: one of auto, json, logfmt, regex", c.Format)
	}
}

// rows is the table of what is looked for: a literal that all evidence of a kind
// holds, the index of its rarest byte, and its reader. A new shape is a new file
// and a row here.
func rows() []row {
	return []row{
		{"errorCode", 5, (*scan).errorCodeText},
		{"xtra", 0, (*scan).extraText},
		{"Optional(", 0, (*scan).optional},
		{sessionLimit, 8, (*scan).sessionLimit},
		{"ZXJyb3JDb2Rl", 2, (*scan).base64},
		{"cnJvckNv", 2, (*scan).base64},
		{"cm9yQ29k", 4, (*scan).base64},
		{"ls/", 2, (*scan).path},
		{`ls\/`, 3, (*scan).path},
		{"/ssm/", 4, (*scan).path},
		{`ssm\/`, 4, (*scan).path},
		{"/" + renewal, 0, (*scan).path},
	}
}
