package config

import (
	"fmt"
	"path/filepath"
)

// warn collects what is allowed but probably not meant.
func (c *Config) warn() {
	c.warnings = strayVariables()
	first := map[string]string{}
	for _, s := range c.Sources {
		for _, pattern := range s.Tail.Files {
			pattern = filepath.Clean(pattern)
			if other, ok := first[pattern]; ok && other != s.Tail.Name {
				c.warnings = append(c.warnings, fmt.Sprintf(
					"sources %s and %s both follow %s: every line of it counts twice, once for each", other, s.Tail.Name, quote(pattern)))
				continue
			}
			first[pattern] = s.Tail.Name
		}
	}
}
