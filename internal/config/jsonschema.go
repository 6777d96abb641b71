package config

import (
	"encoding/json"
	"reflect"
	"time"

	"wvwatch/internal/fault"
	"wvwatch/internal/parser"
	"wvwatch/internal/strictyaml"
)

// schemaNode is one node of a JSON Schema, draft 2020-12.
type schemaNode struct {
	Schema      string                `json:"$schema,omitempty"`
	Title       string                `json:"title,omitempty"`
	Description string                `json:"description,omitempty"`
	Type        any                   `json:"type,omitempty"` // a name, or a list of them
	Pattern     string                `json:"pattern,omitempty"`
	Properties  map[string]schemaNode `json:"properties,omitempty"`
	Items       *schemaNode           `json:"items,omitempty"`
	// Additional is false where unknown keys are errors, or the schema of free ones.
	Additional any `json:"additionalProperties,omitempty"`
}

// JSONSchema returns the schema of the file for editors: keys, types and, by describe,
// what each path means ("sources[].name"). Only Load decides whether a file is
// valid; the schema refuses no file that Load takes.
func JSONSchema(describe func(path string) string) ([]byte, error) {
	root := schemaOf(reflect.TypeFor[Config](), "", describe)
	root.Schema, root.Title = "https://json-schema.org/draft/2020-12/schema", "wvwatch configuration"
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// durationPattern is what time.ParseDuration takes, or a variable.
const durationPattern = `^([-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$|^0$|\$\{`

func schemaOf(t reflect.Type, path string, describe func(string) string) schemaNode {
	n := schemaNode{Description: describe(path)}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		n.Type, n.Pattern = "string", durationPattern
	case t == reflect.TypeFor[parser.MultilineConfig]():
		n.Type = []string{"string", "object"}
		n.Properties = map[string]schemaNode{"first": {Type: "string", Description: describe(path + ".first")}}
		n.Additional = false
	case strictyaml.IsScalar(t):
		n.Type = scalarType(t.Kind())
	case t.Kind() == reflect.Slice:
		items := schemaOf(strictyaml.Elem(t.Elem()), path+"[]", describe)
		n.Type, n.Items = "array", &items
	case t.Kind() == reflect.Map:
		n.Type, n.Additional = "object", schemaNode{Type: []string{"string", "number", "boolean"}}
	default:
		n.Type, n.Additional, n.Properties = "object", false, map[string]schemaNode{}
		for _, f := range strictyaml.Fields(t) {
			n.Properties[f.Key] = schemaOf(f.Type, fault.Join(path, f.Key), describe)
		}
	}
	return n
}

// scalarType returns the types of a scalar. A string may be written as YAML reads a
// number, and ${NAME} may be written for anything.
func scalarType(k reflect.Kind) any {
	switch k {
	case reflect.Bool:
		return []string{"boolean", "string"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return []string{"integer", "string"}
	case reflect.Float32, reflect.Float64:
		return []string{"number", "string"}
	}
	return []string{"string", "number", "boolean"}
}
