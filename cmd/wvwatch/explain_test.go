package main

import (
	"errors"
	"strings"
	"testing"

	"wvwatch/internal/codes"
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
