// Package ruletest runs tests of rules and recognition written as YAML: log lines in,
// expected codes, counts and alerts out.
//
// It promises that a line takes the way that it takes in the daemon, by a clock that
// belongs to the test, and that everything wrong with a file is reported at once,
// with its line. Printing and the exit status are the caller's.
package ruletest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/strictyaml"
)

// File is a file of tests. It is used by one goroutine.
type File struct {
	Config  string             `mapstructure:"config"`
	Alerts  []alert.RuleConfig `mapstructure:"alerts"`
	Sources []testSource       `mapstructure:"sources"`
	Tests   []ruleTest         `mapstructure:"tests"`

	path     string
	doc      *strictyaml.Document // for the lines of what differs
	cat      *codes.Catalogue
	rules    []alert.RuleConfig
	metrics  metrics.Config
	settings alert.Settings
}

type testSource struct {
	Name   string        `mapstructure:"name"`
	Parser parser.Config `mapstructure:",squash"`
}

type ruleTest struct {
	Name   string        `mapstructure:"name"`
	Start  time.Time     `mapstructure:"start"`
	Lines  []testLine    `mapstructure:"lines"`
	Expect []expectation `mapstructure:"expect"`
}

type testLine struct {
	At     *time.Duration `mapstructure:"at"`
	Line   string         `mapstructure:"line"`
	Times  int            `mapstructure:"times"`
	Every  time.Duration  `mapstructure:"every"`
	Source string         `mapstructure:"source"`
	Codes  *[]int         `mapstructure:"codes"`
	DRM    string         `mapstructure:"drm"`
}

// expectation is one of three: of an alert, of the alerts that fire, of a count.
type expectation struct {
	At *time.Duration `mapstructure:"at"`

	Alert string `mapstructure:"alert"`
	State string `mapstructure:"state"`
	Codes *[]int `mapstructure:"codes"`
	Group string `mapstructure:"group"` // value of the label that the rule groups by

	Firing *[]string `mapstructure:"firing"`

	Code      int     `mapstructure:"code"`
	DRM       string  `mapstructure:"drm"`
	Source    string  `mapstructure:"source"`
	Count     *uint64 `mapstructure:"count"`
	Incidents *uint64 `mapstructure:"incidents"`
}

// maxBytes bounds a file of tests.
const maxBytes = 16 << 20

// Read reads a file of tests with the configuration that it names, and reports all
// that is wrong with it.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read tests: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes: is this a file of tests?", path, maxBytes)
	}
	f := &File{path: path, doc: strictyaml.Read[File](path, data, strictyaml.Options{})}
	f.doc.Decode(f)
	if err := f.doc.Err(); err != nil { // missing keys would be reported as well
		return nil, err
	}
	if err := f.setUp(); err != nil {
		return nil, err
	}
	f.doc.Validated(f.validate(), nil)
	return f, f.doc.Err()
}

// setUp loads rules, catalogue and sources from the file, its configuration or the defaults.
func (f *File) setUp() error {
	if f.Config != "" && (f.Alerts != nil || f.Sources != nil) {
		return fmt.Errorf("%s: config is set, and alerts or sources too: remove one, the configuration has both", f.path)
	}
	cfg := config.Default()
	if f.Config != "" {
		file := f.Config
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(f.path), file)
		}
		var err error
		if cfg, err = config.Load(file, nil); err != nil {
			return fmt.Errorf("%s: config: %w", f.path, err)
		}
		for _, s := range cfg.Sources {
			f.Sources = append(f.Sources, testSource{s.Tail.Name, s.Parse})
		}
	}
	if f.Alerts != nil {
		cfg.Alerts = f.Alerts
	}
	if len(f.Sources) == 0 {
		f.Sources = []testSource{{Name: config.FilesSource}}
	}
	for _, r := range cfg.Alerts {
		for _, by := range r.By { // without a configuration, the labels in by are added
			if f.Config == "" && by != alert.ByCategory && !slices.Contains(cfg.Metrics.Labels, by) {
				cfg.Metrics.Labels = append(cfg.Metrics.Labels, by)
			}
		}
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return err
	}
	f.rules, f.metrics, f.cat = cfg.Alerts, cfg.Metrics, cat
	f.settings = alert.Settings{ExternalLabels: cfg.ExternalLabels, Mutes: cfg.Mute}
	return nil
}

// Path returns the path from which f was read.
func (f *File) Path() string { return f.path }

// place returns file and line of a path such as tests[0].lines[2].
func (f *File) place(path string) string {
	if line := f.doc.Line(path); line > 0 {
		return fmt.Sprintf("%s:%d", f.path, line)
	}
	return f.path
}
