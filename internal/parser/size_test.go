package parser

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypesAreSmall counts the methods and fields of every type on the path of a record:
// what has more than 35 or 25 is more than one thing.
func TestTypesAreSmall(t *testing.T) {
	const maxMethods, maxFields = 35, 25
	methods := map[string]int{}
	types := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "old") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					of := d.Recv.List[0].Type
					if p, ok := of.(*ast.StarExpr); ok {
						of = p.X
					}
					methods[filepath.Dir(path)+"."+of.(*ast.Ident).Name]++
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					spec, ok := s.(*ast.TypeSpec)
					if !ok {
						continue
					}
					if of, ok := spec.Type.(*ast.StructType); ok {
						types++
						if n := of.Fields.NumFields(); n > maxFields {
							t.Errorf("%s: %s has %d fields, at most %d are one thing", path, spec.Name, n, maxFields)
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for of, n := range methods {
		if n > maxMethods {
			t.Errorf("%s has %d methods, at most %d are one thing", of, n, maxMethods)
		}
	}
	if types < 30 {
		t.Errorf("only %d types were found", types)
	}
}
