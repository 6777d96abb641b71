package evidence

import (
	"strings"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/logread"
	"wvwatch/internal/parser"
)

// The marks are below the number that is meant, not below the same digits in another, and a
// character that a terminal would obey is shown as a point.
func TestTextMarks(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := parser.New(parser.Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	p.Explain(true)
	var b strings.Builder
	text := NewText(&b, cat, true)
	log := "no code here\n" + `{"request":14025,"errorCode":4025,"status":"UNGRANTED_REQUEST"}` + "\n"
	if _, err := text.Write([]byte(log)); err != nil {
		t.Fatal(err)
	}
	if err := logread.NewScanner(p).Scan(strings.NewReader(log), text.Print); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[0], "line 2: 4025 counted for widevine (entitlement): ") {
		t.Fatalf("got\n%s", b.String())
	}
	at := strings.Index(lines[2], "^^^^")
	if at < 0 || lines[1][at:at+4] != "4025" || !strings.HasSuffix(lines[1][:at], `"errorCode":`) {
		t.Errorf("the marks are not below the code:\n%s\n%s", lines[1], lines[2])
	}
	if got := printable([]byte("a\x1b[31m\xff")); got != "a·[31m·" {
		t.Errorf("printable gives %q", got)
	}
}
