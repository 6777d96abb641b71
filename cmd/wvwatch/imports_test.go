package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// rooms is the order in which a byte becomes an alert: a package imports only
// what stands left of it.
var rooms = []string{"docs", "codes", "parser", "tailer", "input", "metrics", "alert", "state", "web", "config", "deploy", "cmd"}

// fences name the one room that may import a package of somebody else's, tests
// included.
var fences = map[string]string{
	"github.com/spf13/viper":                                  "config",
	"github.com/nxadm/tail":                                   "tailer",
	"github.com/prometheus/client_golang/prometheus/promhttp": "web",
}

// vagueNames say nothing of what is inside.
var vagueNames = []string{"util", "utils", "common", "types", "pkg", "helpers", "misc"}

// goPackage is the part of go list's answer that matters here.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestImportsPointLeft(t *testing.T) {
	packages := listPackages(t)
	for _, p := range packages {
		for _, fault := range importFaults(p) {
			t.Error(fault)
		}
	}
	if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.ImportPath == "wvwatch/internal/codes" }) {
		t.Errorf("go list does not know wvwatch/internal/codes among its %d packages", len(packages))
	}
}

// The guard itself has to see what it is there for.
func TestImportFaultsAreSeen(t *testing.T) {
	tests := []struct {
		name string
		p    goPackage
		want string
	}{
		{"left", goPackage{ImportPath: "wvwatch/internal/parser", Imports: []string{"fmt", "wvwatch/internal/codes"}}, ""},
		{"right", goPackage{ImportPath: "wvwatch/internal/parser", Imports: []string{"wvwatch/internal/metrics"}}, "points right"},
		{"right in a test", goPackage{ImportPath: "wvwatch/internal/codes", XTestImports: []string{"wvwatch/internal/parser"}}, "points right"},
		{"own folder", goPackage{ImportPath: "wvwatch/internal/alert", Imports: []string{"wvwatch/internal/alert/notify"}}, ""},
		{"folder of a room", goPackage{ImportPath: "wvwatch/internal/state", Imports: []string{"wvwatch/internal/alert/notify"}}, ""},
		{"folder points right", goPackage{ImportPath: "wvwatch/internal/alert/notify", Imports: []string{"wvwatch/internal/web"}}, "points right"},
		{"no room", goPackage{ImportPath: "wvwatch/internal/store"}, "is no room"},
		{"vague", goPackage{ImportPath: "wvwatch/internal/alert/util"}, "says nothing"},
		{"viper", goPackage{ImportPath: "wvwatch/internal/web", Imports: []string{"github.com/spf13/viper"}}, "only config"},
		{"viper at home", goPackage{ImportPath: "wvwatch/internal/config", Imports: []string{"github.com/spf13/viper"}}, ""},
		{"tail's folder", goPackage{ImportPath: "wvwatch/cmd/wvwatch", TestImports: []string{"github.com/nxadm/tail/watch"}}, "only tailer"},
		{"like tail", goPackage{ImportPath: "wvwatch/cmd/wvwatch", Imports: []string{"github.com/nxadm/tailor"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(importFaults(tt.p), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}

// importFaults says what is wrong with a package's name and imports.
func importFaults(p goPackage) []string {
	var faults []string
	if name := path.Base(p.ImportPath); slices.Contains(vagueNames, name) {
		faults = append(faults, p.ImportPath+": the name "+name+" says nothing: name the package for its noun")
	}
	at := slices.Index(rooms, room(p.ImportPath))
	if at < 0 {
		faults = append(faults, p.ImportPath+": "+room(p.ImportPath)+" is no room of the house: give it a place in the order of imports")
	}
	for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if strings.HasPrefix(imported, "wvwatch/") && slices.Index(rooms, room(imported)) > at {
			faults = append(faults, p.ImportPath+" imports "+imported+": the arrow points right")
		}
		for fenced, home := range fences {
			if (imported == fenced || strings.HasPrefix(imported, fenced+"/")) && room(p.ImportPath) != home {
				faults = append(faults, p.ImportPath+" imports "+imported+": only "+home+" may")
			}
		}
	}
	return faults
}

// room returns the room that a package of this module lies in.
func room(importPath string) string {
	parts := strings.Split(importPath, "/")
	if len(parts) > 2 && parts[1] == "internal" {
		return parts[2]
	}
	if len(parts) > 1 {
		return parts[1]
	}
	return importPath
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
