package ruletest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example that people copy is right.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../testdata/rules/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		f, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		run := 0
		err = f.Run(func(r Result) {
			run++
			for _, d := range r.Differences {
				t.Errorf("%s: %s", r.Name, d)
			}
		})
		if err != nil || run == 0 {
			t.Errorf("%s: %d tests, %v", path, run, err)
		}
	}
}

// A file of tests may hold anything: it never makes the command panic, and an error
// has the name of the file.
func FuzzRead(f *testing.F) {
	f.Add("tests: [{name: a, lines: [{at: 1s, line: 'extra=4006', codes: [4006]}]}]")
	f.Add("alerts: [{name: A, match: {codes: [4006]}, when: {per_minute: 6}, for: 30}]")
	f.Add("sources: [{name: a, format: regex, regex: '('}]\ntests: [{expect: [{at: -1s, alert: x}]}]")
	f.Add("tests: [{name: a, lines: [{line: x, times: 9999999}], expect: [{at: 1s, firing: [none]}]}]")
	f.Add("tests: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "a.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); err != nil && !strings.Contains(err.Error(), "a.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}
