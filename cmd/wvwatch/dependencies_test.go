package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Licences that a module linked into the binary may have.
var permissive = []string{"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"}

// TestDependenciesDocumented compares docs/dependencies.md with what is linked.
func TestDependenciesDocumented(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked, folders := map[string]bool{}, map[string]string{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 3 {
			linked[f[0]+" "+f[1]] = true
			folders[f[0]] = f[2]
		}
	}
	text, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+/\S+) \| (v\S+) \| ([^|]+) \| [^|]+ \|$`).FindAllStringSubmatch(string(text), -1) {
		documented[m[1]+" "+m[2]] = true
		for licence := range strings.SplitSeq(m[3], ", ") {
			if !slices.Contains(permissive, licence) {
				t.Errorf("%s: licence %q is not among %v", m[1], licence, permissive)
			} else if err := hasLicence(folders[m[1]], licence); err != nil && folders[m[1]] != "" {
				t.Errorf("%s: %v", m[1], err)
			}
		}
	}
	for m := range linked {
		if !documented[m] {
			t.Errorf("docs/dependencies.md lacks %s", m)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(documented)) {
		if !linked[m] {
			t.Errorf("docs/dependencies.md has %s, which is not linked", m)
		}
	}
}

// hasLicence looks for a phrase of the licence in the module's own files.
func hasLicence(dir, licence string) error {
	phrase := map[string]string{
		"MIT": "permission is hereby granted, free of charge", "Apache-2.0": "apache license",
		"BSD-2-Clause": "redistribution and use in source and binary forms", "BSD-3-Clause": "redistribution and use in source and binary forms",
	}[licence]
	files, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(strings.Join(strings.Fields(string(text)), " ")), phrase) {
			return nil
		}
	}
	return fmt.Errorf("no file %v says %s", files, licence)
}
