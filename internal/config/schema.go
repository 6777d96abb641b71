package config

import (
	"reflect"

	"wvwatch/internal/fault"
	"wvwatch/internal/strictyaml"
)

// The schema of the file is the Go types of Config.

// leaf is a key that one line of text can set: all outside lists of mappings.
type leaf struct {
	path string // "notify.alertmanager.urls"
	typ  reflect.Type
}

// leaves returns the leaves below struct type t.
func leaves(t reflect.Type, path string) []leaf {
	var ls []leaf
	for _, f := range strictyaml.Fields(t) {
		p := fault.Join(path, f.Key)
		switch {
		case strictyaml.IsScalar(f.Type), f.Type.Kind() == reflect.Slice && strictyaml.IsScalar(f.Type.Elem()):
			ls = append(ls, leaf{p, f.Type})
		case f.Type.Kind() == reflect.Struct:
			ls = append(ls, leaves(f.Type, p)...)
		}
	}
	return ls
}

// fileOnly returns the keys below struct type t that no line of text can set: lists of
// mappings, and maps.
func fileOnly(t reflect.Type, path string) (paths []string) {
	for _, f := range strictyaml.Fields(t) {
		p := fault.Join(path, f.Key)
		switch {
		case strictyaml.IsScalar(f.Type), f.Type.Kind() == reflect.Slice && strictyaml.IsScalar(f.Type.Elem()):
		case f.Type.Kind() == reflect.Struct:
			paths = append(paths, fileOnly(f.Type, p)...)
		default:
			paths = append(paths, p)
		}
	}
	return paths
}
