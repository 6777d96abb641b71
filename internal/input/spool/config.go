package spool

import "fmt"
import "wvwatch/internal/fault"

// Config bounds the spool of each source that receives pushed logs.
type Config struct {
	Sync     bool `mapstructure:"sync" yaml:"sync"`           // acknowledge after fsync; else a power failure may lose what was acknowledged, a kill does not
	MaxBytes int  `mapstructure:"max_bytes" yaml:"max_bytes"` // on disk, of one source
}

// minBytes is the least MaxBytes: room for two of the largest requests.
const minBytes = 64 << 20

// DefaultConfig returns the configuration of an empty file.
func DefaultConfig() Config { return Config{Sync: true, MaxBytes: 1 << 30} }

// Validate reports every fault of c, each with its key and a cure.
func (c Config) Validate() error {
	var fs fault.List
	if c.MaxBytes < minBytes {
		fs.AddFix("max_bytes", fmt.Sprintf("write at least %d (64 MiB)", minBytes), "is too small")
	}
	return fs.Err()
}
