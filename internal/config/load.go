package config

import (
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"wvwatch/internal/alert"
	"wvwatch/internal/fault"
	"wvwatch/internal/strictyaml"
)

// maxBytes bounds a configuration file.
const maxBytes = 1 << 20

// Load reads the file at path under environment and flags, and validates the whole.
// Flags are those of AddFlags, or nil. Relative paths in the file are relative to the
// directory in which the daemon runs. The error is a fault.List, but for a file that
// cannot be read.
func Load(path string, flags *pflag.FlagSet) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data, flags)
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

func parse(path string, data []byte, flags *pflag.FlagSet) (*Config, error) {
	return build(strictyaml.Read[Config](path, data, strictyaml.Options{Expand: expand}), nil, flags)
}

// build makes the configuration from a parsed file, or from sources without a file:
// defaults under the file under the environment under flags. viper decides which of
// them sets a key; the document has the line of each fault.
func build(doc *strictyaml.Document, sources []Source, flags *pflag.FlagSet) (*Config, error) {
	v := viper.New()
	if err := v.MergeConfigMap(doc.Values); err != nil {
		return nil, fmt.Errorf("merge configuration: %w", err)
	}
	l := layers{flags, leaves(reflect.TypeFor[Config](), "")}
	l.bind(v)
	c := Default()
	c.Sources = sources
	doc.Decoded(v.UnmarshalExact(c, strictyaml.Decoder), l.origin)
	for i := range c.Sources {
		c.Sources[i].fill()
	}
	c.expandKubernetes()
	c.setPathLabels()
	if !v.IsSet("alerts") {
		c.Alerts = alert.DefaultRules()
	}
	doc.Validated(refused(), nil)
	doc.Validated(c.validate().Err(), l.origin)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	c.place = func(e *fault.Error) { doc.Place(e, l.origin) }
	c.nameGroup()
	c.Metrics.Servers = c.servers()
	c.Metrics.Blame = c.Blame
	c.warnings = c.warn(doc.Values)
	return c, nil
}

// fill sets the keys that s leaves out to their defaults.
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
