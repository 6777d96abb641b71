package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The example that people copy is right.
func TestExampleRuleTests(t *testing.T) {
	files, err := filepath.Glob("../../testdata/rules/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	status, stdout, stderr := command(append([]string{"test"}, files...)...)
	if status != exitFine {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

// A file of tests is a stranger's: it never makes the command panic, and what is
// wrong with it is said with its name.
func FuzzReadTestFile(f *testing.F) {
	f.Add("tests: [{name: a, lines: [{at: 1s, line: 'extra=4006', codes: [4006]}]}]")
	f.Add("alerts: [{name: A, match: {codes: [4006]}, when: {per_minute: 6}, for: 30}]")
	f.Add("sources: [{name: a, format: regex, regex: '('}]\ntests: [{expect: [{at: -1s, alert: x}]}]")
	f.Add("tests: [{name: a, lines: [{line: x, times: 9999999}], expect: [{at: 1s, firing: [none]}]}]")
	f.Add("tests: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		file := write(t, t.TempDir(), "a.yaml", text)
		if _, err := readTestFile(file); err != nil && !strings.Contains(err.Error(), "a.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}
