package alert

import (
	"net/url"
	"testing"
	"time"
)

// The link of an alert opens the alert's own page, whatever its group is named.
func TestLink(t *testing.T) {
	onset := time.Date(2026, 11, 30, 14, 1, 50, 0, time.FixedZone("CET", 3600))
	plain := Alert{Labels: map[string]string{"alertname": "KeyManagerFailing"}, StartsAt: onset.Add(8 * time.Second), Sums: Sums{Since: onset}}
	if got, want := plain.Link("https://wv.example"), "https://wv.example/#alert=KeyManagerFailing&at=2026-11-30T13%3A01%3A50Z"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := plain.Link(""); got != "" {
		t.Errorf("without a base: %s", got)
	}
	for _, group := range []string{"skyline-tv", "a&by=b#c", "größe +1%", "\u2028"} {
		a := Alert{Labels: map[string]string{"alertname": "TokenSpike", "tenant": group}, By: "tenant", StartsAt: onset}
		u, err := url.Parse(a.Link("https://wv.example/sub/"))
		if err != nil {
			t.Fatal(err)
		}
		q, err := url.ParseQuery(u.EscapedFragment())
		if err != nil || u.Path != "/sub/" || q.Get("alert") != "TokenSpike" || q.Get("by") != group || q.Get("at") != "2026-11-30T13:01:50Z" || len(q) != 3 {
			t.Errorf("%q: %q %v %v", group, u, q, err)
		}
	}
}
