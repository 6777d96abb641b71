package read

import (
	"testing"

	"wvwatch/internal/parser/scan"
	"wvwatch/internal/parser/servers"
)

// FuzzAnchors finds the anchors of a text by marks and by the rarest bytes: from every
// place on they are the same, whatever was asked before.
func FuzzAnchors(f *testing.F) {
	if !scan.Available() {
		f.Skip("the processor has no AVX2: texts are searched in one way only")
	}
	f.Add([]byte(`{"request":"POST /T/wvls/v1/licenses","resp":"{\"errorCode\":4025}","x":"extra"}`))
	f.Add([]byte(`Optional(-1320) onError Error: -1 (-xtraxtra(-Optional(-ls/ls\/ssm/ssm\/renewal-license-wv LICENSE_REQUEST`))
	f.Add([]byte("ErrorCodeException: Response code: 4 _LICENSER_ERROR MEDIA_KEYMESSAGEERR aaq drm/wv \xff\xfe"))
	for _, r := range (&Options{}).rows() {
		f.Add([]byte(r.literal + r.literal[1:] + r.literal[:len(r.literal)-1]))
	}
	o := Options{Extras: map[string]bool{"a": true, "aq": true, "\xff\xfe": true}, Paths: servers.Paths{{Literal: "drm/wv"}}}
	marked := newLiterals(o.rows())
	plain := &literals{groups: marked.groups}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, b anchors
		a.reset(text, marked)
		b.reset(text, plain)
		ask := func(i int) {
			if x, y := a.next(i), b.next(i); x != y || x < len(text) && a.nearest.row != b.nearest.row {
				t.Fatalf("from %d of %q: marked %d, searched %d", i, text, x, y)
			}
		}
		for i := range len(text) + 1 {
			ask(i)
		}
		for i := 0; i <= len(text); i = a.next(i) + 1 {
			ask(i)
		}
		for i := len(text); i >= 0; i-- {
			ask(i)
		}
	})
}
