package codes

import (
	"reflect"
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
		{1007, []UniqueText{{SSM, "user_reached_maximum_sessions_limit", nil}, {SSM, "max active sessions are exceeded", nil}}},
		{4025, []UniqueText{{PlayReady, "the tenant is not active", nil}}},
		{4015, []UniqueText{{PRM, "the credential not found", nil}, {PlayReady, "credential not found", []string{"the credential not found"}}}},
		{1004, []UniqueText{{SSM, "invalid expiration time", nil}}}, // playready, prm: Widevine's own text
		{1005, []UniqueText{{SSM, "tenant id mismatch", nil}}},      // playready and prm share theirs
		{1006, nil}, // ssm "Invalid token." is Widevine's 4111
		{4000, nil}, // ssm "Internal error." is Widevine's 6001
		{3001, []UniqueText{
			{PlayReady, "the content authorisation token version is not supported", nil}, // by one letter
			{PRM, "content authorization token version is not supported", []string{"the content authorization token version is not supported"}},
			{SSM, "unknown account", nil},
		}},
		{4009, []UniqueText{{PlayReady, "tenant id mismatch between request and token", []string{"tenant id mismatch between request and tokens"}}}}, // Widevine's and prm's
		{4006, nil},
		{6007, nil},
	}
	for _, tt := range tests {
		if got := c.UniqueTexts(tt.code); !reflect.DeepEqual(got, tt.want) {
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
			if u.Text == sessionLimit.Text {
				continue
			}
			if c.Index(u.DRM, code) < 0 || plainText(c.Resolve(u.DRM, code).Description) != u.Text {
				t.Errorf("%s %d does not say %q", u.DRM, code, u.Text)
			}
			if u.Text != strings.ToLower(u.Text) || strings.HasSuffix(u.Text, ".") {
				t.Errorf("%q is not in its plain form", u.Text)
			}
			for i := range c.Len() {
				if e := c.At(i); e.DRM != u.DRM && plainText(e.Description) == u.Text {
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
		says := func(text string) bool { return strings.Contains(strings.ToLower(record), text) }
		if says(u.Text) && !slices.ContainsFunc(u.Unless, says) {
			return u.DRM
		}
	}
	return Unknown
}
