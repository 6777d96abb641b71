package main

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"wvwatch/internal/codes"
	"wvwatch/internal/humanize"
)

func TestExplain(t *testing.T) {
	out, err := runCommand(newExplainCmd(), "4025")
	if err != nil {
		t.Fatal(err)
	}
	const want = `4025 widevine   The subscribed product has expired.
     category   entitlement
     severity   info
     owner      viewer
     outcome    expected
     family     40xx
     hint       Subscription expired; show the renew offer. A step up at midnight or month end
                is normal; all at once is a BSS fault.

4025 playready  The tenant is not Active.
     category   configuration
     severity   critical
     owner      operator-config
     outcome    fault
     family     40xx
     hint       Tenant is switched off or not yet active; all its traffic fails. NOT Widevine
                4025 (subscription expired).

4025 also means something else to others:
  Shaka Player (shaka.util.Error.Code, 5.2.12)  HLS_COULD_NOT_GUESS_CODECS
`
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestExplainSeveral(t *testing.T) {
	out, err := runCommand(newExplainCmd(), "1007", "6010", "4400")
	if err == nil || !strings.Contains(err.Error(), "nothing is known of 6010") {
		t.Errorf("error %v, want one about 6010", err)
	}
	for _, want := range []string{
		"1007 widevine   Invalid date.\n",
		"1007 ssm        Max active sessions are exceeded.\n",
		"MEDIA_ERROR_MALFORMED",
		"4400 widevine   Invalid request (seen in the field",
		"category   unlisted",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// Every number of the catalogue is explained within the width of the page, words
// that are longer than their column aside.
func TestExplainFitsThePage(t *testing.T) {
	cat, err := codes.Load(codes.Config{Overlay: "../../internal/codes/testdata/overlay.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range cat.Len() {
		var b strings.Builder
		if err := explain(&b, cat, []int{cat.At(i).Code}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			words := strings.Fields(line)
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > humanize.Width && len(words[len(words)-1]) < 48 {
				t.Errorf("%d: %d characters: %s", cat.At(i).Code, n, line)
			}
		}
	}
}

// A number that only others use is explained as one that is in no server's list.
func TestExplainOthersOnly(t *testing.T) {
	var b strings.Builder
	writeExplanation(&b, 6012, nil, []codes.Collision{{Code: 6012, System: "Shaka Player", Meaning: "NO_LICENSE_SERVER_GIVEN"}})
	const want = `6012 is no licence server's code

6012 also means something else to others:
  Shaka Player  NO_LICENSE_SERVER_GIVEN
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestExplainRefuses(t *testing.T) {
	tests := []struct {
		args  []string
		usage bool
		want  string
	}{
		{nil, true, "explain needs a code"},
		{[]string{"expired"}, true, `bad code "expired": a whole number from 1000 to 9999`},
		{[]string{"4025", "20"}, true, `bad code "20"`},
		{[]string{"4025", "--overlay", "../../internal/codes/testdata/bad-overlay.yaml"}, false, `unknown drm "widewine"`},
	}
	for _, tt := range tests {
		out, err := runCommand(newExplainCmd(), tt.args...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &usage) != tt.usage || out != "" {
			t.Errorf("explain %v: error %v, output %q", tt.args, err, out)
		}
	}
}

func TestExplainCompletion(t *testing.T) {
	offers := codeCompletions(codes.Config{})
	if len(offers) < 97 || offers[0] != "1000\tssm: Invalid request format." {
		t.Errorf("%d offers, first %q", len(offers), offers[0])
	}
}
