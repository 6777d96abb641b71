package config

import (
	"fmt"
	"os"
	"regexp"
)

// variable is ${NAME}; a second $ before it keeps it as it is written.
var variable = regexp.MustCompile(`\$?\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// expand replaces ${NAME} in a value of the file by the environment's variable. A
// variable that is not set is an error; one that is empty is not.
func expand(text string) (string, error) {
	var err error
	expanded := variable.ReplaceAllStringFunc(text, func(m string) string {
		if m[1] == '$' {
			return m[1:]
		}
		name := m[2 : len(m)-1]
		value, ok := os.LookupEnv(name)
		if !ok && err == nil {
			err = fmt.Errorf("the environment variable %s is not set: set it, or write $${%s} for the text itself", name, name)
		}
		return value
	})
	return expanded, err
}
