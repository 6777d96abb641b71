package config

import (
	"io"
	"log/slog"

	"wvwatch/internal/fault"
)

// LogConfig configures how the daemon writes its own log.
type LogConfig struct {
	Level  string `mapstructure:"level"`  // debug, info, warn, error
	Format string `mapstructure:"format"` // text, json
}

// Validate reports every fault of c.
func (c LogConfig) Validate() error {
	var fs fault.List
	if _, ok := c.level(); !ok {
		fs.AddFix("level", "one of debug, info, warn, error", "unknown level %s", fault.Quote(c.Level))
	}
	if c.Format != "text" && c.Format != "json" {
		fs.Add("format", "unknown format %s: text or json", fault.Quote(c.Format))
	}
	return fs.Err()
}

// Logger returns a logger that writes to w with the level and format of c, a valid one.
func (c LogConfig) Logger(w io.Writer) *slog.Logger {
	level, _ := c.level()
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

func (c LogConfig) level() (slog.Level, bool) {
	switch c.Level {
	case "debug":
		return slog.LevelDebug, true
	case "info":
		return slog.LevelInfo, true
	case "warn":
		return slog.LevelWarn, true
	case "error":
		return slog.LevelError, true
	}
	return slog.LevelInfo, false
}
