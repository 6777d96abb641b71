package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is the part of OpenAPI that the description uses.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Required             []string
	Properties           map[string]schema
	Items                *schema
	AdditionalProperties json.RawMessage
	Enum                 []string
}

type openAPI struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name   string
			Schema schema
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

// check reports where v differs from s; s must describe all of v.
func (o *openAPI) check(at string, s schema, v any) []string {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = o.Components.Schemas[name]
	}
	wrong := func(format string, args ...any) []string { return []string{at + ": " + fmt.Sprintf(format, args...)} }
	var faults []string
	switch v := v.(type) {
	case map[string]any:
		if s.Type != "object" {
			return wrong("an object, not %s", s.Type)
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				faults = append(faults, wrong("%s is missing", name)...)
			}
		}
		var other schema
		_ = json.Unmarshal(s.AdditionalProperties, &other) // or it is false
		for name, member := range v {
			if p, ok := s.Properties[name]; ok {
				faults = append(faults, o.check(at+"."+name, p, member)...)
			} else if other.Type != "" {
				faults = append(faults, o.check(at+"[]", other, member)...)
			} else {
				faults = append(faults, wrong("%s is not described", name)...)
			}
		}
	case []any:
		if s.Type != "array" {
			return wrong("an array, not %s", s.Type)
		}
		for _, item := range v {
			faults = append(faults, o.check(at+"[]", *s.Items, item)...)
		}
	case string:
		if s.Type != "string" || len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			return wrong("%q is no %s of %q", v, s.Type, s.Enum)
		}
	case float64:
		if s.Type != "number" && (s.Type != "integer" || v != float64(int64(v))) {
			return wrong("%v is no %s", v, s.Type)
		}
	case bool:
		if s.Type != "boolean" {
			return wrong("a boolean, not %s", s.Type)
		}
	default:
		return wrong("%v", v)
	}
	return faults
}

func TestAnswersAreAsDescribed(t *testing.T) {
	h := handler(t, Config{}, busyHour(t).deps(t))
	described := askJSON[openAPI](t, h, "/api/v1/openapi.json", 200)
	if len(described.Paths) != 12 {
		t.Errorf("%d paths are described", len(described.Paths))
	}
	for path, methods := range described.Paths {
		content := methods["get"].Responses["200"].Content
		if s, ok := content["application/json"]; ok && s.Schema.Ref != "" {
			for _, fault := range described.check(path, s.Schema, askJSON[any](t, h, path, 200)) {
				t.Error(fault)
			}
			for _, fault := range described.check(path, described.Components.Schemas["Error"], askJSON[any](t, h, path+"?nonsense=1", 400)) {
				t.Error(fault)
			}
		}
	}
	// The check itself has to see what it is there for.
	if faults := described.check("status", described.Components.Schemas["Status"], map[string]any{"now": 1.5, "more": true}); len(faults) < 10 {
		t.Errorf("faults of a bad status: %q", faults)
	}
}

func TestChangesAreAsDescribed(t *testing.T) {
	h := handler(t, Config{}, deps(t))
	described := askJSON[openAPI](t, h, "/api/v1/openapi.json", 200)
	w := busyHour(t)
	d := w.deps(t)
	f := newFeed(d, "")
	old := f.look(time.Now())
	w.happen("ssp-edge", 5002, 2)
	w.states = w.states[1:]
	c, ok := changeOf(old, f.look(time.Now()))
	text, err := encode(c)
	if err != nil || !ok || c.Alerts == nil || c.Codes == nil || c.Sources == nil {
		t.Fatalf("%v %t %s", err, ok, text)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, fault := range described.check("change", described.Components.Schemas["Change"], v) {
		t.Error(fault)
	}
}

// What turns text into markup or code has no place in the scripts, and the page
// must hold nothing that its Content-Security-Policy forbids.
func TestPageBuildsNoMarkup(t *testing.T) {
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\b|new Function|setAttribute\('style`)
	inline := regexp.MustCompile(`<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:[^>]*)>[^<]|https?://`)
	scripts := 0
	err := fs.WalkDir(files, "page", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		switch {
		case path == "page/uplot.js": // third-party, which draws on a canvas only
		case strings.HasSuffix(path, ".js"):
			scripts++
			if found := sinks.FindAllString(string(text), -1); found != nil {
				t.Errorf("%s: %q", path, found)
			}
		case strings.HasSuffix(path, ".html"):
			if found := inline.FindAllString(string(text), -1); found != nil {
				t.Errorf("%s: %q", path, found)
			}
		}
		return err
	})
	if err != nil || scripts < 5 {
		t.Errorf("%d scripts, %v", scripts, err)
	}
}

// The description lists the reasons that samples can be asked for.
func TestReasonsAreDescribed(t *testing.T) {
	text, err := apiFiles.ReadFile("api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var described openAPI
	if err := json.Unmarshal(text, &described); err != nil {
		t.Fatal(err)
	}
	for _, p := range described.Paths["/api/v1/samples"]["get"].Parameters {
		if p.Name == "reason" {
			if !slices.Equal(p.Schema.Enum, reasons()) {
				t.Errorf("%q, want %q", p.Schema.Enum, reasons())
			}
			return
		}
	}
	t.Error("no parameter reason")
}
