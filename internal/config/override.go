package config

import (
	"os"
	"reflect"
	"slices"
	"strings"

	"wvwatch/internal/fault"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// EnvPrefix begins the name of every environment variable that is read:
// WVWATCH_STATE_DIRECTORY sets state.directory. An empty variable sets nothing.
const EnvPrefix = "WVWATCH_"

// Override is one key set from outside the file.
type Override struct {
	Path string // "web.listen"
	Text string // as an environment variable holds it; a list is separated by commas
	From string // what to blame for a bad value: "--web.listen-address"
}

// option is a command line flag that sets a key.
type option struct{ name, path, usage string }

// options returns the flags, beside which every key has its variable.
func options() []option {
	return []option{
		{"web.listen-address", "web.listen", "listen on `ADDRESS` (repeatable; default 127.0.0.1:9477)"},
		{"web.config.file", "web.config_file", "`FILE` with TLS, client certificates and basic auth (exporter-toolkit's format)"},
		{"web.enable-reload", "web.enable_reload", "allow POST /-/reload"},
		{"web.enable-pprof", "web.enable_pprof", "serve /debug/pprof/"},
		{"state.directory", "state.directory", "keep the checkpoint in `DIR`"},
		{"log.level", "log.level", "`LEVEL`: debug, info, warn or error"},
		{"log.format", "log.format", "`FORMAT`: text or json"},
	}
}

// AddFlags defines the flags that override the file; FromFlags reads them.
func AddFlags(fs *pflag.FlagSet) {
	types := leafTypes()
	for _, f := range options() {
		switch types[f.path].Kind() {
		case reflect.Bool:
			fs.Bool(f.name, false, f.usage)
		case reflect.Slice:
			fs.StringSlice(f.name, nil, f.usage)
		default:
			fs.String(f.name, "", f.usage)
		}
	}
}

// FromFlags returns an override for each flag of AddFlags that was given.
func FromFlags(fs *pflag.FlagSet) []Override {
	var overrides []Override
	for _, f := range options() {
		given := fs.Lookup(f.name)
		if given == nil || !given.Changed {
			continue
		}
		text := given.Value.String()
		if list, ok := given.Value.(pflag.SliceValue); ok {
			text = strings.Join(list.GetSlice(), ",")
		}
		overrides = append(overrides, Override{Path: f.path, Text: text, From: "--" + f.name})
	}
	return overrides
}

func leafTypes() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		types[l.path] = l.typ
	}
	return types
}

// envName returns the variable that sets path.
func envName(path string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// layer lays environment and overrides over what v holds, and returns by path
// what to blame for a value. Bad values become faults and are left out.
func layer(v *viper.Viper, overrides []Override, faults *fault.List) (blame map[string]string) {
	blame = map[string]string{}
	good := func(l leaf, text, from string) bool {
		if _, err := parseText(text, l.typ); err != nil {
			*faults = append(*faults, &fault.Error{File: from, Path: l.path, Message: err.Error()})
			return false
		}
		blame[l.path] = from
		return true
	}
	for _, path := range fileOnly(reflect.TypeFor[Config](), "") {
		if name := envName(path); os.Getenv(name) != "" {
			*faults = append(*faults, &fault.Error{File: name, Path: path, Message: "no variable can hold this: write it into the file, and take the variable out"})
		}
	}
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		name := envName(l.path)
		if text := os.Getenv(name); text != "" && good(l, text, name) {
			v.MustBindEnv(l.path, name)
		}
		for _, o := range overrides {
			if o.Path == l.path && good(l, o.Text, o.From) {
				v.Set(l.path, o.Text)
			}
		}
	}
	return blame
}

// strayVariables returns a warning for each variable that looks like a slip of
// a known one. Others are let be: an orchestrator sets WVWATCH_PORT and the
// like for a service of that name.
func strayVariables() []string {
	var names []string
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		names = append(names, envName(l.path))
	}
	var warnings []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.Contains(names, name) {
			continue
		}
		if near := fault.Nearest(name, names); near != "" {
			warnings = append(warnings, "environment variable "+quote(name)+" is not read, did you mean "+near+"?")
		}
	}
	return warnings
}
