package config

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/fault"
)

// The schema of the file is the Go types of Config: their mapstructure tags
// name the keys, their kinds say what may stand there.

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// field is one key of a mapping.
type field struct {
	key string
	typ reflect.Type
}

// fields returns the keys of struct type t in order, squashed structs included.
func fields(t reflect.Type) []field {
	var fs []field
	for f := range t.Fields() {
		if !f.IsExported() {
			continue
		}
		key, options, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		switch {
		case key == "-":
		case options == "squash":
			fs = append(fs, fields(f.Type)...)
		default:
			if key == "" {
				key = strings.ToLower(f.Name)
			}
			fs = append(fs, field{key, deref(f.Type)})
		}
	}
	return fs
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// isScalar reports whether one YAML scalar is a whole value of type t.
func isScalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textType) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map:
		return false
	}
	return true
}

// leaf is a key that one line of text can set: all outside lists of mappings.
type leaf struct {
	path string // "notify.alertmanager.urls"
	typ  reflect.Type
}

// leaves returns the leaves below struct type t.
func leaves(t reflect.Type, path string) []leaf {
	var ls []leaf
	for _, f := range fields(t) {
		p := fault.Join(path, f.key)
		switch {
		case isScalar(f.typ), f.typ.Kind() == reflect.Slice && isScalar(f.typ.Elem()):
			ls = append(ls, leaf{p, f.typ})
		case f.typ.Kind() == reflect.Struct:
			ls = append(ls, leaves(f.typ, p)...)
		}
	}
	return ls
}

// fileOnly returns the keys below struct type t that no line of text can set: lists of
// mappings, and maps.
func fileOnly(t reflect.Type, path string) (paths []string) {
	for _, f := range fields(t) {
		p := fault.Join(path, f.key)
		switch {
		case isScalar(f.typ), f.typ.Kind() == reflect.Slice && isScalar(f.typ.Elem()):
		case f.typ.Kind() == reflect.Struct:
			paths = append(paths, fileOnly(f.typ, p)...)
		default:
			paths = append(paths, p)
		}
	}
	return paths
}

// parent returns the path of what holds the thing at path.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// within reports whether path is parent or lies below it.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || parent == "" || rest[0] == '.' || rest[0] == '[')
}

// homeOf returns the one mapping in which key is known, or in which its last
// part is where key is a path in one word ("web.listen").
func homeOf(key string) (home string, ok bool) {
	above, last := "", key
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		above, last = key[:i], key[i+1:]
	}
	var homes []string
	eachMapping(reflect.TypeFor[Config](), "", func(path string, known []field) {
		here := slices.ContainsFunc(known, func(f field) bool { return f.key == last })
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
func eachMapping(t reflect.Type, path string, f func(path string, known []field)) {
	for t.Kind() == reflect.Slice {
		t, path = deref(t.Elem()), path+"[]"
	}
	if t.Kind() != reflect.Struct || isScalar(t) {
		return
	}
	known := fields(t)
	f(path, known)
	for _, k := range known {
		eachMapping(k.typ, fault.Join(path, k.key), f)
	}
}
