package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"wvwatch/internal/config"
	"wvwatch/internal/input"
	"wvwatch/internal/input/kafka"
)

// A reload warns of what only a restart changes in the group that keeps the checkpoint.
func TestReloadOfAGroup(t *testing.T) {
	of := func(keeps bool, sources ...kafka.Config) *config.Config {
		cfg := &config.Config{}
		cfg.State.Kafka = keeps
		for _, k := range sources {
			cfg.Sources = append(cfg.Sources, config.Source{Input: input.Config{Kafka: &k}})
		}
		return cfg
	}
	topics := func(names ...string) kafka.Config {
		return kafka.Config{Brokers: []string{"kafka:9092"}, Topics: names, Group: "g", Start: "end"}
	}
	moved, begun := topics("a", "b"), topics("a", "b")
	moved.Brokers, begun.Start = []string{"other:9092"}, "beginning"
	for _, tt := range []struct {
		name   string
		before *config.Config
		after  *config.Config
		warns  bool
	}{
		{"nothing", of(true, topics("a", "b")), of(true, topics("a", "b")), false},
		{"the order", of(true, topics("a", "b")), of(true, topics("b"), topics("a")), false},
		{"where topics begin", of(true, topics("a", "b")), of(true, begun), false},
		{"a topic more", of(true, topics("a")), of(true, topics("a", "b")), true},
		{"a topic in place of another", of(true, topics("a")), of(true, topics("b")), true},
		{"the brokers", of(true, topics("a", "b")), of(true, moved), true},
		{"a topic more, without a group", of(false, topics("a")), of(false, topics("a", "b")), false},
	} {
		var log bytes.Buffer
		r := &reloader{config: tt.before, log: slog.New(slog.NewTextHandler(&log, nil))}
		r.warnFixed(tt.after)
		if got := strings.Contains(log.String(), "until the next start"); got != tt.warns {
			t.Errorf("%s: warns %v, want %v: %s", tt.name, got, tt.warns, log.String())
		}
	}
}
