package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"wvwatch/internal/config"
)

// TestConfigurationDoc compares docs/configuration.md with the keys that the
// configuration has, both ways.
func TestConfigurationDoc(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]{5,} \\|$").FindAllStringSubmatch(string(text), -1) {
		if told[row[1]] {
			t.Errorf("docs/configuration.md has two rows of %s", row[1])
		}
		told[row[1]] = true
	}
	keys := map[string]bool{}
	addKeys(keys, "", reflect.TypeFor[config.Config]())
	// The mode of multiline is written as the value of multiline itself.
	delete(keys, "sources[].multiline.mode")
	keys["sources[].multiline"] = true
	if len(keys) < 50 {
		t.Errorf("only %d keys found", len(keys))
	}
	for key := range keys {
		if !told[key] {
			t.Errorf("%s is a key, but docs/configuration.md has no row of it", key)
		}
	}
	for key := range told {
		if !keys[key] {
			t.Errorf("docs/configuration.md tells of %s, which is no key", key)
		}
	}
}

// addKeys adds the paths of all keys of a struct, lists written as [].
func addKeys(keys map[string]bool, path string, typ reflect.Type) {
	switch typ.Kind() {
	case reflect.Pointer:
		addKeys(keys, path, typ.Elem())
		return
	case reflect.Slice:
		keys[path] = true
		if typ.Elem().Kind() == reflect.Struct {
			addKeys(keys, path+"[]", typ.Elem())
		}
		return
	case reflect.Struct:
	default:
		keys[path] = true
		return
	}
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case !f.IsExported(), name == "-":
		case options == "squash":
			addKeys(keys, path, f.Type)
		case path == "":
			addKeys(keys, name, f.Type)
		default:
			addKeys(keys, path+"."+name, f.Type)
		}
	}
}
