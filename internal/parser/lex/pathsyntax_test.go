package lex

import "testing"

func TestCheckPath(t *testing.T) {
	for _, good := range []string{"code", "error.code", "errors[0].code", "errors.0.code", "errors[*].code", "errors[].code", "$.error.code", ".error.code", "a b.c-d", "client.os"} {
		if err := CheckPath(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", " ", "a[b", "a]b", "a[b]", "a[-1]", "a[", "a..b", "a.", "$", "$..a", "/error/code", "a[0]..b"} {
		if CheckPath(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
