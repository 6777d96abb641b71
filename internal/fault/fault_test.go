package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		e    Error
		want string
	}{
		{Error{Message: "no source"}, "no source"},
		{Error{Path: "web.listen[0]", Message: "no port", Fix: "write HOST:PORT"}, "web.listen[0]: no port: write HOST:PORT"},
		{Error{File: "c.yaml", Line: 7, Path: "web", Message: "a list"}, "c.yaml:7: web: a list"},
		{Error{File: "WVWATCH_LOG_LEVEL", Path: "log.level", Message: "unknown"}, "WVWATCH_LOG_LEVEL: log.level: unknown"},
	} {
		if got := tt.e.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// What other packages found wrong keeps its own path below that of the whole; a text
// that looks like a path is none.
func TestUnder(t *testing.T) {
	var inner List
	inner.AddFix("urls[0]", "write http://HOST", "no URL")
	inner.At("tls").Add("", "no key")
	var l List
	l.Under("notify", inner.Err())
	l.Under("web", fmt.Errorf("listen: wrapped: %w", inner[0]))
	l.Under("log", errors.New("level: this is text"))
	l.Under("codes.overlay", List{{File: "o.yaml", Line: 2, Path: "codes[0]", Message: "no drm"}})
	l.Under("spool", nil)
	l.Under("state", List(nil).Err())
	want := []Error{
		{Path: "notify.urls[0]", Message: "no URL", Fix: "write http://HOST"},
		{Path: "notify.tls", Message: "no key"},
		{Path: "web.urls[0]", Message: "no URL", Fix: "write http://HOST"},
		{Path: "log", Message: "level: this is text"},
		{Path: "codes.overlay", Message: "o.yaml:2: codes[0]: no drm"},
	}
	if len(l) != len(want) {
		t.Fatalf("%d faults:\n%v", len(l), l)
	}
	for i, e := range l {
		if *e != want[i] {
			t.Errorf("%d: %+v, want %+v", i, *e, want[i])
		}
	}
}

// An empty list is no error, and a full one is in the order of the lines.
func TestErr(t *testing.T) {
	if err := (List{}).Err(); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	err := List{{Line: 3, Message: "c"}, {Line: 1, Message: "a"}, {Line: 3, Message: "d"}}.Err()
	if err.Error() != "a\nc\nd" {
		t.Errorf("%q", err)
	}
	var one *Error
	if !errors.As(err, &one) || one.Message != "a" {
		t.Errorf("the first is %v", one)
	}
}

func TestJoin(t *testing.T) {
	for _, tt := range [][3]string{{"", "", ""}, {"a", "", "a"}, {"", "b", "b"}, {"a", "b[0]", "a.b[0]"}, {"a", "[0]", "a[0]"}} {
		if got := Join(tt[0], tt[1]); got != tt[2] {
			t.Errorf("Join(%q, %q) = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
