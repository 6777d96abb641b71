package codes

import (
	"slices"
	"strings"
	"testing"
)

func TestUniqueTexts(t *testing.T) {
	c := load(t, Config{})
	tests := []struct {
		code int
		want []UniqueText
	}{
		{1007, []UniqueText{{SSM, "user_reached_maximum_sessions_limit"}, {SSM, "max active sessions are exceeded"}}},
		{4025, []UniqueText{{PlayReady, "the tenant is not active"}}},
		{4015, []UniqueText{{PRM, "the credential not found"}, {PlayReady, "credential not found"}}},
		{1004, []UniqueText{{SSM, "invalid expiration time"}}}, // playready, prm: Widevine's own text
		{1005, []UniqueText{{SSM, "tenant id mismatch"}}},      // playready and prm share theirs
		{1006, nil}, // ssm "Invalid token." is Widevine's 4111
		{4000, nil}, // ssm "Internal error." is Widevine's 6001
		{3001, []UniqueText{{SSM, "unknown account"}}}, // prm's lies within Widevine's, playready's differs in spelling only
		{4009, nil}, // playready's lies within Widevine's
		{4006, nil},
		{6007, nil},
	}
	for _, tt := range tests {
		if got := c.UniqueTexts(tt.code); !slices.Equal(got, tt.want) {
			t.Errorf("UniqueTexts(%d) = %v, want %v", tt.code, got, tt.want)
		}
	}
}

// A text that names a sibling must not be any description of Widevine's, and
// must be one description of that sibling, at that number.
func TestUniqueTextsNameOneServer(t *testing.T) {
	c := load(t, Config{})
	n := 0
	for code := MinCode; code <= MaxCode; code++ {
		for _, u := range c.UniqueTexts(code) {
			n++
			if u == sessionLimit {
				continue
			}
			if c.Index(u.DRM, code) < 0 || plainText(c.Resolve(u.DRM, code).Description) != u.Text {
				t.Errorf("%s %d does not say %q", u.DRM, code, u.Text)
			}
			if u.Text != strings.ToLower(u.Text) || strings.HasSuffix(u.Text, ".") {
				t.Errorf("%q is not in its plain form", u.Text)
			}
			for i := range c.Len() {
				if e := c.At(i); e.DRM != u.DRM && spelling(e.Description) == spelling(u.Text) {
					t.Errorf("%q of %s is also the text of %s %d", u.Text, u.DRM, e.DRM, e.Code)
				}
			}
			for _, e := range c.ByCode(code) {
				if got := named(c, code, e.Description); got != Unknown && got != e.DRM {
					t.Errorf("%s %d says %q, which is taken for %s", e.DRM, code, e.Description, got)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d unique texts", n)
	}
}

// named returns the server of the first unique text found within a record.
func named(c *Catalogue, code int, record string) DRM {
	for _, u := range c.UniqueTexts(code) {
		if strings.Contains(strings.ToLower(record), u.Text) {
			return u.DRM
		}
	}
	return Unknown
}
