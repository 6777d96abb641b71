// Package ruletest runs tests of rules and recognition written as YAML: log lines in,
// expected codes, counts and alerts out.
//
// It promises that a line takes the way that it takes in the daemon, by a clock that
// belongs to the test, and that everything wrong with a file is reported at once,
// with its line. Printing and the exit status are the caller's.
package ruletest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// File is a file of tests. It is used by one goroutine.
type File struct {
	Config  string             `yaml:"config"`
	Alerts  []alert.RuleConfig `yaml:"alerts"`
	Sources []testSource       `yaml:"sources"`
	Tests   []ruleTest         `yaml:"tests"`

	path     string
	root     *yaml.Node // for the places of what differs
	cat      *codes.Catalogue
	rules    []alert.RuleConfig
	metrics  metrics.Config
	settings alert.Settings
}

type testSource struct {
	Name   string        `yaml:"name"`
	Parser parser.Config `yaml:",inline"`
}

type ruleTest struct {
	Name   string        `yaml:"name"`
	Start  time.Time     `yaml:"start"`
	Lines  []testLine    `yaml:"lines"`
	Expect []expectation `yaml:"expect"`
}

type testLine struct {
	At     *time.Duration `yaml:"at"`
	Line   string         `yaml:"line"`
	Times  int            `yaml:"times"`
	Every  time.Duration  `yaml:"every"`
	Source string         `yaml:"source"`
	Codes  *[]int         `yaml:"codes"`
	DRM    string         `yaml:"drm"`
}

// expectation is one of three: of an alert, of the alerts that fire, of a count.
type expectation struct {
	At *time.Duration `yaml:"at"`

	Alert string `yaml:"alert"`
	State string `yaml:"state"`
	Codes *[]int `yaml:"codes"`
	Group string `yaml:"group"` // value of the label that the rule groups by

	Firing *[]string `yaml:"firing"`

	Code      int     `yaml:"code"`
	DRM       string  `yaml:"drm"`
	Source    string  `yaml:"source"`
	Count     *uint64 `yaml:"count"`
	Incidents *uint64 `yaml:"incidents"`
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
	f := &File{path: path, root: new(yaml.Node)}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return nil, f.yamlFaults(err)
	}
	if err := yaml.Unmarshal(data, f.root); err != nil {
		return nil, f.yamlFaults(err)
	}
	if err := f.setUp(); err != nil {
		return nil, err
	}
	return f, f.validate()
}

var unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type .*$`)
var bareNumber = regexp.MustCompile("cannot unmarshal !!(?:int|float) `(.*)` into time.Duration")
var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlFaults writes the YAML library's errors with file and line first.
func (f *File) yamlFaults(err error) error {
	messages := []string{err.Error()}
	if typed := (*yaml.TypeError)(nil); errors.As(err, &typed) {
		messages = typed.Errors
	}
	var errs []error
	for _, m := range messages {
		m = unknownField.ReplaceAllString(m, `line $1: unknown key "$2": wvwatch test --help lists the keys`)
		m = bareNumber.ReplaceAllString(m, "$1 is a bare number: a duration needs its unit, say ${1}s")
		m = strings.ReplaceAll(m, "into time.Duration", "into a duration: write 30s, 5m or 1h30m")
		if at := yamlLine.FindStringSubmatch(m); at != nil {
			m = at[1] + ": " + at[2]
		} else {
			m = " " + strings.TrimPrefix(m, "yaml: ")
		}
		errs = append(errs, fmt.Errorf("%s:%s", f.path, m))
	}
	return errors.Join(errs...)
}

// setUp takes rules, catalogue and sources from where the file says.
func (f *File) setUp() error {
	if f.Config != "" && (f.Alerts != nil || f.Sources != nil) {
		return fmt.Errorf("%s: config stands beside alerts or sources: take one, the configuration has both", f.path)
	}
	cfg := config.Default()
	if f.Config != "" {
		file := f.Config
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(f.path), file)
		}
		var err error
		if cfg, err = config.Load(file); err != nil {
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
		for _, by := range r.By { // what by asks for, a configuration has to say
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
	line := 0
	node := f.root
	if node.Kind == yaml.DocumentNode {
		node = node.Content[0]
	}
	for _, step := range pathStep.FindAllStringSubmatch(path, -1) {
		next := child(node, step[1], step[2])
		if next == nil {
			break
		}
		node, line = next, next.Line
	}
	if line == 0 {
		return f.path
	}
	return fmt.Sprintf("%s:%d", f.path, line)
}

var pathStep = regexp.MustCompile(`([a-z_]+)|\[(\d+)\]`)

// child returns what stands under a key, or an item of a list; nil for none.
func child(n *yaml.Node, key, index string) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == key && key != "" {
			return n.Content[i+1]
		}
	}
	for i, item := range n.Content {
		if n.Kind == yaml.SequenceNode && index == fmt.Sprint(i) {
			return item
		}
	}
	return nil
}
