package input

import (
	"context"
	"log/slog"
	"strings"

	"wvwatch/internal/fault"
	"wvwatch/internal/input/httppush"
	"wvwatch/internal/input/journald"
	"wvwatch/internal/input/kafka"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/stdin"
	"wvwatch/internal/input/syslog"
	"wvwatch/internal/input/traffic"
)

// Config is how a source receives logs, where it does not follow files: one of its
// keys is given, or none.
type Config struct {
	HTTP     *httppush.Config `mapstructure:"http" yaml:"http,omitempty"`
	Syslog   *syslog.Config   `mapstructure:"syslog" yaml:"syslog,omitempty"`
	Stdin    bool             `mapstructure:"stdin" yaml:"stdin,omitempty"`
	FIFO     string           `mapstructure:"fifo" yaml:"fifo,omitempty"`
	Journald *journald.Config `mapstructure:"journald" yaml:"journald,omitempty"`
	Kafka    *kafka.Config    `mapstructure:"kafka" yaml:"kafka,omitempty"`
}

// Endpoint is where logs come from, and who may send them, in words.
type Endpoint struct{ Address, Who string }

// kind is one kind of input, of a Config in which it is given. Another kind is a
// package and another case of Config.kinds.
type kind struct {
	key       string
	validate  func() error
	warnings  func() []string
	endpoints []Endpoint
	// open prepares the receiver that fills the spool; nil for an input that is read
	// from where it is.
	open func(d deps) (receiver, error)
}

// deps are what a receiver is made of.
type deps struct {
	labels  []string
	spool   *spool.Spool
	traffic *traffic.Counter
	log     *slog.Logger
}

// kinds returns the kinds that are given.
func (c Config) kinds() (all []kind) {
	if h := c.HTTP; h != nil {
		all = append(all, kind{
			key: "http", validate: h.Validate, warnings: h.Warnings, endpoints: []Endpoint{{"http://" + h.Listen, h.Who()}},
			open: func(d deps) (receiver, error) { return httppush.Listen(*h, d.labels, d.spool, d.traffic, d.log) },
		})
	}
	if s := c.Syslog; s != nil {
		k := kind{
			key: "syslog", validate: s.Validate, warnings: s.Warnings,
			open: func(d deps) (receiver, error) { return syslog.Listen(*s, d.spool, d.traffic, d.log) },
		}
		for _, address := range s.Listen {
			k.endpoints = append(k.endpoints, Endpoint{address, s.Who(address)})
		}
		all = append(all, k)
	}
	if c.Stdin {
		all = append(all, kind{
			key: "stdin", endpoints: []Endpoint{{"standard input", "the process that starts wvwatch"}},
			open: func(d deps) (receiver, error) { return stdin.New(d.spool, d.traffic, d.log), nil },
		})
	}
	if c.FIFO != "" {
		all = append(all, kind{
			key: "fifo", endpoints: []Endpoint{{c.FIFO, "any process with write permission"}},
			open: func(d deps) (receiver, error) { return stdin.OpenFIFO(c.FIFO, d.spool, d.traffic, d.log) },
		})
	}
	if j := c.Journald; j != nil {
		all = append(all, kind{
			key: "journald", validate: j.Validate,
			endpoints: []Endpoint{{"the journal", strings.Join(append(append([]string{}, j.Units...), j.Identifiers...), ", ")}},
		})
	}
	if k := c.Kafka; k != nil {
		all = append(all, kind{
			key: "kafka", validate: k.Validate, warnings: k.Warnings,
			endpoints: []Endpoint{{"topics " + strings.Join(k.Topics, ", ") + " of " + strings.Join(k.Brokers, ", "), "producers that the brokers allow to write"}},
		})
	}
	return all
}

// Kind returns the key of the input that is given: http, syslog, stdin, fifo,
// journald or kafka; empty for a source that follows files.
func (c Config) Kind() string {
	for _, k := range c.kinds() {
		return k.key
	}
	return ""
}

// Validate reports every fault of c, each with its key and a cure.
func (c Config) Validate() error {
	var fs fault.List
	all := c.kinds()
	for i, k := range all {
		if i > 0 {
			fs.AddFix(k.key, "give each input a source of its own", "the source has %s already", all[0].key)
		}
		if k.validate != nil {
			fs.Under(k.key, k.validate())
		}
	}
	return fs.Err()
}

// Warnings returns what is allowed but probably not meant, one sentence each.
func (c Config) Warnings() (warnings []string) {
	for _, k := range c.kinds() {
		if k.warnings != nil {
			warnings = append(warnings, k.warnings()...)
		}
	}
	return warnings
}

// Endpoints returns where logs come from.
func (c Config) Endpoints() (all []Endpoint) {
	for _, k := range c.kinds() {
		all = append(all, k.endpoints...)
	}
	return all
}

// Inspect returns what a source would receive now, as far as that can be asked without
// changing anything: a sentence each. It is empty for inputs that only wait.
func (c Config) Inspect(ctx context.Context, withState bool) ([]string, error) {
	if c.Kafka == nil {
		return nil, nil
	}
	return c.Kafka.Inspect(ctx, withState)
}
