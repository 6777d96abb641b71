// Package config reads the daemon's configuration: one YAML file, over it the
// environment (WVWATCH_...), over it the flags.
//
// It promises that a configuration it returns is whole and valid, and that one
// it refuses is refused with all faults at once, each with its line, its path
// and a fix. What a value means, its default and its bounds belong to the
// package that uses it; watching the file for changes to the command.
package config

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spf13/pflag"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/input"
	"wvwatch/internal/input/kubernetes"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/state"
	"wvwatch/internal/strictyaml"
	"wvwatch/internal/tailer"
	"wvwatch/internal/web"
)

// Config is the whole configuration. It is not changed after Load.
type Config struct {
	Sources []Source            `mapstructure:"sources"`
	Codes   codes.Config        `mapstructure:"codes"`
	Metrics metrics.Config      `mapstructure:"metrics"`
	Blame   metrics.BlameConfig `mapstructure:"blame"`
	Spool   spool.Config        `mapstructure:"spool"`
	State   state.Config        `mapstructure:"state"`
	Alerts  []alert.RuleConfig  `mapstructure:"alerts"` // never nil: the default rules where the key is absent
	Mute    []alert.MuteConfig  `mapstructure:"mute"`
	// ExternalLabels are on every alert that is sent; see alert.Identity.
	ExternalLabels map[string]string `mapstructure:"external_labels"`
	Notify         notify.Config     `mapstructure:"notify"`
	Web            web.Config        `mapstructure:"web"`
	Log            LogConfig         `mapstructure:"log"`

	warnings fault.List
	place    func(*fault.Error) // sets the file and line of a fault by its path
}

// Source is one configured input: its files or its receiver, and how it is read.
type Source struct {
	Tail  tailer.Config `mapstructure:",squash"`
	Input input.Config  `mapstructure:",squash"` // instead of files
	Parse parser.Config `mapstructure:",squash"`

	Kubernetes *kubernetes.Config `mapstructure:"kubernetes"` // instead of files, which Load fills in from it
}

// FilesSource is the name of the source that ForFiles makes.
const FilesSource = "files"

// Default returns the configuration of an empty file: it has no source yet.
func Default() *Config {
	return &Config{
		Alerts:  alert.DefaultRules(),
		Metrics: metrics.Default(),
		Blame:   metrics.DefaultBlame(),
		Spool:   spool.DefaultConfig(),
		State:   state.Default(),
		Web:     web.Default(),
		Log:     LogConfig{Level: "info", Format: "text"},
	}
}

// DefaultSource returns the defaults of the keys of a source.
func DefaultSource() Source {
	return Source{
		Tail:  tailer.Config{Start: "beginning"},
		Parse: parser.Config{Format: "auto", DRM: "widevine", Timezone: "Local"},
	}
}

// ForFiles returns the configuration of a run on files or globs alone: one
// source, named FilesSource, and the defaults, under environment and flags. "-" is
// standard input, and a FIFO is one: each is a source of its own.
func ForFiles(files []string, flags *pflag.FlagSet) (*Config, error) {
	var sources []Source
	tail := DefaultSource()
	tail.Tail.Name = FilesSource
	for _, f := range files {
		s := DefaultSource()
		switch info, err := os.Stat(f); {
		case f == "-" || f == "/dev/stdin":
			s.Tail.Name, s.Input.Stdin = "stdin", true
		case err == nil && info.Mode()&os.ModeNamedPipe != 0:
			s.Tail.Name, s.Input.FIFO = filepath.Base(f), f
		default:
			tail.Tail.Files = append(tail.Tail.Files, literal(f))
			continue
		}
		sources = append(sources, s)
	}
	if len(tail.Tail.Files) > 0 {
		sources = append([]Source{tail}, sources...)
	}
	return build(new(strictyaml.Document), sources, flags)
}

// Name returns the source's name.
func (s *Source) Name() string { return s.Tail.Name }

// Labels returns the names by which labels may be found in attributes of a stream or
// resource: what their path names.
func (s *Source) Labels() (names []string) {
	for _, l := range s.Parse.Labels {
		if l.Regex == "" && l.InRecord() {
			names = append(names, cmp.Or(l.Path, l.Name))
		}
	}
	return names
}

// literal returns file as a pattern: a file that is there is meant itself, even
// if its name looks like a glob.
func literal(file string) string {
	if _, err := os.Lstat(file); err != nil {
		return file
	}
	return regexp.MustCompile(`[*?\[\]{}\\]`).ReplaceAllString(file, `\$0`)
}

// Warnings returns the settings that are valid but probably not meant, with their places.
func (c *Config) Warnings() fault.List { return slices.Clone(c.warnings) }

// Place sets the file and line of a fault that is found later, by its path.
func (c *Config) Place(e *fault.Error) {
	if c.place != nil {
		c.place(e)
	}
}
