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

// option is a command line flag that sets a key.
type option struct{ name, path, usage string }

// options returns the flags; every key has a variable, too.
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

// AddFlags defines the flags that override file and environment; Load reads them.
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

// layers are what overrides the file: the environment, and over it flags.
type layers struct {
	flags  *pflag.FlagSet // nil for none
	leaves []leaf
}

// bind registers with v all keys that a variable or a flag may set.
func (l layers) bind(v *viper.Viper) {
	for _, leaf := range l.leaves {
		v.MustBindEnv(leaf.path, envName(leaf.path))
	}
	for _, o := range options() {
		if f := l.flag(o); f != nil {
			_ = v.BindPFlag(o.path, f) // fails only for a flag that does not exist
		}
	}
}

// flag returns a flag that was given; nil for none.
func (l layers) flag(o option) *pflag.Flag {
	if l.flags == nil {
		return nil
	}
	if f := l.flags.Lookup(o.name); f != nil && f.Changed {
		return f
	}
	return nil
}

// origin returns the flag or variable that sets path, or "".
func (l layers) origin(path string) string {
	for _, o := range options() {
		if o.path == path && l.flag(o) != nil {
			return "--" + o.name
		}
	}
	if name := envName(path); os.Getenv(name) != "" && slices.ContainsFunc(l.leaves, func(l leaf) bool { return l.path == path }) {
		return name
	}
	return ""
}

// refused returns the variables for keys that no line of text can set.
func refused() error {
	var fs fault.List
	for _, path := range fileOnly(reflect.TypeFor[Config](), "") {
		if name := envName(path); os.Getenv(name) != "" {
			fs = append(fs, &fault.Error{File: name, Path: path, Message: "no variable can hold this", Fix: "write it into the file, and unset the variable"})
		}
	}
	return fs.Err()
}

// strayVariables returns a warning for each variable that looks like a slip of
// a known one. Others are let be: an orchestrator sets WVWATCH_PORT and the
// like for a service of that name.
func strayVariables() fault.List {
	var names []string
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		names = append(names, envName(l.path))
	}
	var warnings fault.List
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.Contains(names, name) {
			continue
		}
		if near := fault.Nearest(name, names); near != "" {
			warnings = append(warnings, &fault.Error{File: name, Message: "this environment variable is not read, did you mean " + near + "?"})
		}
	}
	return warnings
}
