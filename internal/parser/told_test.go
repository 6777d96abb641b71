package parser

import (
	"reflect"
	"testing"
	"unsafe"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
)

// TestQuietKnowsEveryFact sets each fact alone: what a value says beside codes and
// paths must keep it from being taken for one that says no more.
func TestQuietKnowsEveryFact(t *testing.T) {
	silent := map[string]bool{
		"paths": true, "firstPath": true, "lastPath": true, // told by the value's own path
		"elsewhere": true, "envelope": true, "component": true, "asked": true, // not of one value
		"timeLevel": true, "timeDepth": true, "textLevel": true, "tookUnit": true, // of a time or duration that is known
		"clientKey": true, "clientRank": true, "lineStart": true, "lineEnd": true, // of a client or line that is known
		"wordsSaid": true, "lost": true, // kept with the value
		"searched": true, "query": true, "leads": true, "noMethod": true, // what was searched
	}
	facts0 := facts{missing: result.NumMissing}
	if !facts0.quiet() || !facts0.nameless() {
		t.Fatal("nothing is known, yet something is")
	}
	for i, of := 0, reflect.TypeFor[facts](); i < of.NumField(); i++ {
		f := facts{missing: result.NumMissing}
		field := reflect.ValueOf(&f).Elem().Field(i)
		field = reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
		switch v := field.Addr().Interface().(type) {
		case *logtime.Stamp:
			*v = logtime.Stamp{Nanos: 1, OK: true, Zone: true}
		case *value:
			*v = value{[]byte("x"), true}
		case *[]byte:
			*v = []byte("x")
		case *result.Missing:
			*v = result.LicenceStatus
		case *bool:
			*v = true
		case *codes.DRM:
			*v = codes.Widevine
		default:
			if !field.CanInt() {
				if !silent[of.Field(i).Name] {
					t.Errorf("%s: a kind of fact that this test does not know", of.Field(i).Name)
				}
				continue
			}
			field.SetInt(1)
		}
		if name := of.Field(i).Name; (f.quiet() && f.nameless()) != silent[name] {
			t.Errorf("%s: quiet and nameless %v", name, !silent[name])
		}
	}
}

// TestStringsOfALine reads lines of which one string must not answer for another:
// by walking, and by their shape, when the values are new and when they are known.
func TestStringsOfALine(t *testing.T) {
	walk, shaped := walker(t), shapeReader(t)
	for _, line := range []string{
		`{"a":"SSM.ts Optional(1007)","b":"x Optional(1009)"}`,
		`{"a":"onError what=-1320 extra=4006","b":"x extra=4015 what=-1352, extra=1007 what=-1320"}`,
		`{"a":"onError extra=4006 what=-1320","b":"x what=-1352 extra=1007, what=-1320 extra=4015"}`,
		`{"a":"GET /x?err=1&extra=4006 y","b":"GET /ads?extra=4015 y"}`,
		`{"message":"path=/T/wvls/v1/licenses x","msg":"y method=POST path=/T/wvls/v1/licenses status=400"}`,
	} {
		shaped.scan.shapes = shapes{credit: maxCredit}
		for range 3 {
			sameAs(t, walk, shaped, []byte(line+"\n"))
		}
	}
}
