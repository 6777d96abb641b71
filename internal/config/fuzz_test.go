package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wvwatch/internal/fault"
)

// Whatever a file holds, it is loaded or refused with faults that each have a
// message: never a panic, never an error without a place.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(testdata, "*.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range append(files, "../../config.example.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]\nsources: *a\n"))
	f.Add([]byte("sources: &a [{name: x, files: &f [a, b]}, *f]\nalerts: *a\n"))
	f.Add([]byte("sources: !!binary aGk=\n? !!null\n: 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Contains(string(text), "_file") || strings.Contains(string(text), "overlay") || strings.Contains(string(text), "directory") {
			t.Skip("would read files at random")
		}
		c, err := parse("config.yaml", text, nil)
		var faults fault.List
		switch {
		case err == nil && len(c.Sources) == 0:
			t.Error("loaded without a source")
		case err == nil:
		case !errors.As(err, &faults) || len(faults) == 0:
			t.Errorf("not faults but %T: %v", err, err)
		default:
			for _, fault := range faults {
				if fault.Message == "" || fault.File == "" {
					t.Errorf("a fault without place or message: %#v", fault)
				}
			}
		}
	})
}
