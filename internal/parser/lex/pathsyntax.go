package lex

import (
	"errors"
	"regexp"
	"strings"
)

var brackets = regexp.MustCompile(`\[(?:\*|\d*)\]`)

// CheckPath returns what is wrong with a path of a configuration, as PlainPath
// takes it, and what to write instead; nil for a good one.
func CheckPath(path string) error {
	rest := brackets.ReplaceAllString(path, "")
	switch {
	case strings.TrimSpace(path) == "":
		return errors.New("empty")
	case strings.HasPrefix(path, "/"):
		return errors.New("a path joins its members by dots, not by slashes: write " + strings.ReplaceAll(strings.Trim(path, "/"), "/", "."))
	case strings.ContainsAny(rest, "[]"):
		return errors.New("a bracket is not closed or holds no index: write [2] for an element of an array, [*] or nothing for any")
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "$"), ".")
	if rest == "" || strings.Contains("."+rest+".", "..") {
		return errors.New("a name between two dots is missing")
	}
	return nil
}
