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
// packages to the left of it.
var rooms = []string{"docs", "humanize", "race", "fault", "strictyaml", "codes", "privacy", "series", "parser", "tailer", "input", "blame", "metrics", "alert", "state", "web", "config", "preflight", "logread", "analyze", "evidence", "daemon", "replay", "ruletest", "demo", "deploy", "cmd"}

// inner is the same order for the packages inside a package, which only it may
// import. A room that is missing is a fault, too.
var inner = map[string][]string{
	"parser": {"lex", "scan", "fieldnames", "logtime", "result", "number", "framing", "servers", "signs", "tape", "read", "evaluate"},
}

// apart are rooms of which neither imports the other: one reads a record, the other
// decides what it means.
var apart = [][2]string{{"wvwatch/internal/parser/read", "wvwatch/internal/parser/evaluate"}}

// fences name the rooms that may import a third-party package, tests included.
var fences = map[string][]string{
	"github.com/spf13/viper":   {"config"},
	"github.com/nxadm/tail":    {"tailer"},
	"github.com/twmb/franz-go": {"input", "state"},
}

// pure packages import none of this module: they compute, without logs, metrics or
// clocks.
var pure = []string{"wvwatch/internal/alert/detect"}

// vagueNames do not describe the content of a package.
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

// The guard itself has to find each fault.
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
		{"inner left", goPackage{ImportPath: "wvwatch/internal/parser/framing", Imports: []string{"wvwatch/internal/parser/lex"}}, ""},
		{"inner right", goPackage{ImportPath: "wvwatch/internal/parser/lex", Imports: []string{"wvwatch/internal/parser/framing"}}, "points right"},
		{"inner to the whole", goPackage{ImportPath: "wvwatch/internal/parser/lex", TestImports: []string{"wvwatch/internal/parser"}}, "points right"},
		{"inner of another", goPackage{ImportPath: "wvwatch/internal/metrics", Imports: []string{"wvwatch/internal/parser/lex"}}, "only parser"},
		{"apart", goPackage{ImportPath: "wvwatch/internal/parser/evaluate", Imports: []string{"wvwatch/internal/parser/read"}}, "nothing of one another"},
		{"apart, the other way", goPackage{ImportPath: "wvwatch/internal/parser/read", Imports: []string{"wvwatch/internal/parser/evaluate"}}, "points right"},
		{"inner without a place", goPackage{ImportPath: "wvwatch/internal/parser/json"}, "no place"},
		{"folder of a room", goPackage{ImportPath: "wvwatch/internal/state", Imports: []string{"wvwatch/internal/alert/notify"}}, ""},
		{"folder points right", goPackage{ImportPath: "wvwatch/internal/alert/notify", Imports: []string{"wvwatch/internal/web"}}, "points right"},
		{"no room", goPackage{ImportPath: "wvwatch/internal/store"}, "is no room"},
		{"pure", goPackage{ImportPath: "wvwatch/internal/alert/detect", Imports: []string{"math"}}, ""},
		{"not pure", goPackage{ImportPath: "wvwatch/internal/alert/detect", Imports: []string{"wvwatch/internal/codes"}}, "it is pure"},
		{"a clock", goPackage{ImportPath: "wvwatch/internal/alert/detect", TestImports: []string{"time"}}, "it is pure"},
		{"vague", goPackage{ImportPath: "wvwatch/internal/alert/util"}, "says nothing"},
		{"viper", goPackage{ImportPath: "wvwatch/internal/web", Imports: []string{"github.com/spf13/viper"}}, "only config"},
		{"viper at home", goPackage{ImportPath: "wvwatch/internal/config", Imports: []string{"github.com/spf13/viper"}}, ""},
		{"tail's folder", goPackage{ImportPath: "wvwatch/cmd/wvwatch", TestImports: []string{"github.com/nxadm/tail/watch"}}, "only tailer"},
		{"kafka", goPackage{ImportPath: "wvwatch/internal/web", Imports: []string{"github.com/twmb/franz-go/pkg/kgo"}}, "only input and state"},
		{"kafka's homes", goPackage{ImportPath: "wvwatch/internal/state/kafka", Imports: []string{"github.com/twmb/franz-go/pkg/kgo"}}, ""},
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

// importFaults returns what is wrong with a package's name and imports.
func importFaults(p goPackage) []string {
	var faults []string
	if name := path.Base(p.ImportPath); slices.Contains(vagueNames, name) {
		faults = append(faults, p.ImportPath+": the name "+name+" says nothing: name the package for its noun")
	}
	at := slices.Index(rooms, room(p.ImportPath))
	if at < 0 {
		faults = append(faults, p.ImportPath+": "+room(p.ImportPath)+" is no room of the house: give it a place in the order of imports")
	}
	if in, at := innerPlace(p.ImportPath); in != "" && at < 0 {
		faults = append(faults, p.ImportPath+" has no place among the rooms of "+in)
	}
	for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if strings.HasPrefix(imported, "wvwatch/") && slices.Index(rooms, room(imported)) > at {
			faults = append(faults, p.ImportPath+" imports "+imported+": the arrow points right")
		}
		if slices.Contains(pure, p.ImportPath) && (strings.HasPrefix(imported, "wvwatch/") || imported == "time") {
			faults = append(faults, p.ImportPath+" imports "+imported+": it is pure")
		}
		if fault := innerFault(p.ImportPath, imported); fault != "" {
			faults = append(faults, fault)
		}
		for fenced, homes := range fences {
			if (imported == fenced || strings.HasPrefix(imported, fenced+"/")) && !slices.Contains(homes, room(p.ImportPath)) {
				faults = append(faults, p.ImportPath+" imports "+imported+": only "+strings.Join(homes, " and ")+" may")
			}
		}
	}
	return faults
}

// innerPlace returns the package in which importPath is a room, and its place there:
// after all others for the package itself, -1 for a room without one.
func innerPlace(importPath string) (in string, at int) {
	for whole, order := range inner {
		rest, ok := strings.CutPrefix(importPath, "wvwatch/internal/"+whole)
		switch {
		case ok && rest == "":
			return whole, len(order)
		case ok && rest[0] == '/':
			return whole, slices.Index(order, rest[1:])
		}
	}
	return "", -1
}

// innerFault returns what is wrong with an import of a package inside another; "" for nothing.
func innerFault(importer, imported string) string {
	whole, at := innerPlace(imported)
	if whole == "" || at == len(inner[whole]) && !strings.HasPrefix(importer, "wvwatch/internal/"+whole+"/") {
		return ""
	}
	from, place := innerPlace(importer)
	switch {
	case from != whole:
		return importer + " imports " + imported + ": only " + whole + " may"
	case at > place:
		return importer + " imports " + imported + ": the arrow points right"
	case slices.Contains(apart, [2]string{imported, importer}):
		return importer + " imports " + imported + ": they are to know nothing of one another"
	}
	return ""
}

// room returns the room of a package of this module.
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
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
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
