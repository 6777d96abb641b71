package strictyaml

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/fault"
)

// The schema of a file is a Go type: the mapstructure tags of its fields name the
// keys, their kinds define what may be written there.

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// Field is one key of a mapping, and the type of what may be written there.
type Field struct {
	Key  string
	Type reflect.Type
}

// Fields returns the keys of struct type t in order, squashed structs included.
func Fields(t reflect.Type) []Field {
	var fs []Field
	for f := range t.Fields() {
		if !f.IsExported() {
			continue
		}
		key, options, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case key == "-":
		case options == "squash":
			fs = append(fs, Fields(f.Type)...)
		default:
			if key == "" {
				key = strings.ToLower(f.Name)
			}
			fs = append(fs, Field{key, Elem(f.Type)})
		}
	}
	return fs
}

// Elem returns the element type of a pointer type, and any other type unchanged.
func Elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// IsScalar reports whether one YAML scalar is a whole value of type t.
func IsScalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map:
		return false
	}
	return true
}

// Parent returns the path of what holds the thing at path.
func Parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// within reports whether path is parent or is below it.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || parent == "" || rest[0] == '.' || rest[0] == '[')
}

// homeOf returns the one mapping in which key is known, or in which its last
// part is where key is a path in one word ("web.listen").
func homeOf(root reflect.Type, key string) (home string, ok bool) {
	above, last := "", key
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		above, last = key[:i], key[i+1:]
	}
	var homes []string
	eachMapping(root, "", func(path string, known []Field) {
		here := slices.ContainsFunc(known, func(f Field) bool { return f.Key == last })
		if here && path != "" && (above == "" || path == above) {
			homes = append(homes, path)
		}
	})
	if len(homes) != 1 {
		return "", false
	}
	return homes[0], true
}

// eachMapping calls f for every mapping of the schema, lists written as [].
func eachMapping(t reflect.Type, path string, f func(path string, known []Field)) {
	for t.Kind() == reflect.Slice {
		t, path = Elem(t.Elem()), path+"[]"
	}
	if t.Kind() != reflect.Struct || IsScalar(t) {
		return
	}
	known := Fields(t)
	f(path, known)
	for _, k := range known {
		eachMapping(k.Type, fault.Join(path, k.Key), f)
	}
}
