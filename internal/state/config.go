package state

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"wvwatch/internal/fault"
)

// Config configures where the checkpoint is kept, and how often it is written.
type Config struct {
	Directory string        `mapstructure:"directory" yaml:"directory"` // empty: see Resolve
	Interval  time.Duration `mapstructure:"interval" yaml:"interval"`
	Kafka     bool          `mapstructure:"kafka" yaml:"kafka"` // in the state topic of the group of the sources, not in a directory
}

// Default returns the default directory and an interval of 5 s.
func Default() Config { return Config{Interval: 5 * time.Second} }

const (
	minInterval = 100 * time.Millisecond
	maxInterval = time.Hour
)

// Validate reports every fault of c, each with its path.
func (c Config) Validate() error {
	var fs fault.List
	if c.Kafka && c.Directory != "" {
		fs.AddFix("directory", "remove directory, or kafka", "the checkpoint is in Kafka already")
	}
	if strings.ContainsRune(c.Directory, 0) {
		fs.Add("directory", "%q is no path", c.Directory)
	}
	if c.Interval < minInterval || c.Interval > maxInterval {
		fs.Add("interval", "%s is not between %s and %s", c.Interval, minInterval, maxInterval)
	}
	return fs.Err()
}

// Resolve returns the absolute directory of the checkpoint: the configured one,
// else the first of $STATE_DIRECTORY (systemd's StateDirectory=), else
// $XDG_STATE_HOME/wvwatch, else ~/.local/state/wvwatch. getenv is os.Getenv.
func (c Config) Resolve(getenv func(string) string) (string, error) {
	dir := c.Directory
	if dir == "" {
		dir, _, _ = strings.Cut(getenv("STATE_DIRECTORY"), ":")
	}
	// The specification has a relative $XDG_STATE_HOME ignored.
	if base := getenv("XDG_STATE_HOME"); dir == "" && filepath.IsAbs(base) {
		dir = filepath.Join(base, "wvwatch")
	}
	if home := getenv("HOME"); dir == "" && home != "" {
		dir = filepath.Join(home, ".local", "state", "wvwatch")
	}
	if dir == "" {
		return "", errors.New("no state directory: none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set; set state.directory")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("state directory %q: %w", dir, err)
	}
	return abs, nil
}
