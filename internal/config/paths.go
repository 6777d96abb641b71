package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"wvwatch/internal/fault"
)

// pathKeys hold paths of files and folders, as do all keys that end in _file.
var pathKeys = []string{"files", "exclude", "fifo", "directory", "overlay"}

var windowsPath = regexp.MustCompile(`^[A-Za-z]:\\`)

// validatePaths refuses texts that look like a path to their author but to no
// program: those that a shell or a browser would have to read first.
func validatePaths(c *Config, fs *fault.List) {
	eachPath(reflect.ValueOf(*c), "", "", func(path, text string) {
		if why := notPath(text); why != "" {
			fs.Add(path, "%s: %s", fault.Quote(text), why)
		}
	})
}

// notPath returns why text names no file; "" where it may, or where a file has this name.
// The file system is asked only about texts that look wrong: it may hang.
func notPath(text string) string {
	var why string
	switch {
	case strings.HasPrefix(text, "~"):
		why = "~ is replaced by shells only: write the whole path, or ${HOME} in its place"
	case strings.Contains(text, "://"):
		why = "is a URL: write the path of a file"
	case windowsPath.MatchString(text):
		why = `is a path of Windows: write one with /, and \ only before a character that is meant itself`
	case text != strings.TrimSpace(text):
		why = "begins or ends with a space: take it out"
	default:
		return ""
	}
	if _, err := os.Lstat(text); err == nil {
		return ""
	}
	return why
}

// eachPath calls f for every text below v that is at a key for paths.
func eachPath(v reflect.Value, path, key string, f func(path, text string)) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			key, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
			if options == "squash" {
				eachPath(v.Field(i), path, "", f)
			} else if key != "" && key != "-" {
				eachPath(v.Field(i), fault.Join(path, key), key, f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachPath(v.Index(i), fmt.Sprintf("%s[%d]", path, i), key, f)
		}
	case reflect.String:
		if text := v.String(); text != "" && (slices.Contains(pathKeys, key) || strings.HasSuffix(key, "_file")) {
			f(path, text)
		}
	}
}
