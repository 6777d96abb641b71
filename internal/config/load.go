package config

import (
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"wvwatch/internal/alert"
)

// maxBytes bounds a configuration file.
const maxBytes = 1 << 20

// Load reads the file at path, lays environment and overrides over it, and
// validates the whole. Relative paths in it are relative to the directory in
// which the daemon runs. The error is a fault.List, but for a file that cannot be
// read.
func Load(path string, overrides ...Override) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data, overrides)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("read configuration: %q is larger than %d bytes: is this a configuration?", path, maxBytes)
	}
	return data, nil
}

func parse(path string, data []byte, overrides []Override) (*Config, error) {
	r := &reader{file: path, lines: map[string]int{}}
	r.values = r.document(data, reflect.TypeFor[Config]())
	return build(r, nil, overrides)
}

// build makes the configuration of what r read, or of sources without a file.
func build(r *reader, sources []Source, overrides []Override) (*Config, error) {
	if r == nil {
		r = &reader{}
	}
	v := viper.New()
	if err := v.MergeConfigMap(r.values); err != nil {
		return nil, fmt.Errorf("merge configuration: %w", err)
	}
	blame := layer(v, overrides, &r.faults)

	c := Default()
	c.Sources = sources
	err := v.UnmarshalExact(c, viper.DecodeHook(mapstructure.DecodeHookFuncType(textHook)), func(d *mapstructure.DecoderConfig) {
		d.ZeroFields = true // a list replaces the default one, instead of being laid over its first items
	})
	if err != nil {
		return nil, fmt.Errorf("decode configuration: %w", err)
	}
	for i := range c.Sources {
		c.Sources[i].fill()
	}
	c.expandKubernetes()
	c.setPathLabels()
	if !v.IsSet("alerts") {
		c.Alerts = alert.DefaultRules()
	}
	r.judge(c, blame)
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	c.nameGroup()
	c.Metrics.Servers = c.servers()
	c.warn()
	return c, nil
}

// fill sets what the keys that s leaves out mean.
func (s *Source) fill() {
	d := DefaultSource()
	for _, f := range []struct{ value, otherwise *string }{
		{&s.Tail.Start, &d.Tail.Start},
		{&s.Parse.Format, &d.Parse.Format},
		{&s.Parse.DRM, &d.Parse.DRM},
		{&s.Parse.Timezone, &d.Parse.Timezone},
	} {
		if *f.value == "" {
			*f.value = *f.otherwise
		}
	}
}

// judge adds what validation finds, with its place, but for what follows only
// from a value that is lost already.
func (r *reader) judge(c *Config, blame map[string]string) {
	for _, f := range c.validate() {
		if r.isSpoilt(f.Path) {
			continue
		}
		f.File, f.Line = r.file, r.line(f.Path)
		for p := f.Path; p != ""; p = parent(p) {
			if from := blame[p]; from != "" {
				f.File, f.Line = from, 0
			}
		}
		r.faults = append(r.faults, f)
	}
}

func (r *reader) isSpoilt(path string) bool {
	for _, s := range r.spoilt {
		if within(path, s) || within(s, path) {
			return true
		}
	}
	return false
}

// line returns the line of path, or of the nearest thing around it that is
// written in the file; 0 for none.
func (r *reader) line(path string) int {
	for path != "" {
		if l := r.lines[path]; l > 0 {
			return l
		}
		path = parent(path)
	}
	return 0
}
