package web

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// tenants is a world with counts by tenant: three 4025 of acme, two of
// a hostile one, one of no known tenant.
func tenants(t *testing.T) *world {
	w := newWorld(t, "proxy")
	cfg := metrics.Default()
	cfg.Labels = []string{"tenant"}
	w.ledger.Reconfigure(cfg, w.cat, []string{"proxy"})
	r := &parser.Result{}
	for i, tenant := range []string{"acme", "acme", "acme", hostile()[0], hostile()[0], ""} {
		r.Events = append(r.Events, parser.Event{DRM: codes.Widevine, Code: 4025, Tenant: []byte(tenant)})
		if i == 0 {
			r.Events = append(r.Events, parser.Event{DRM: codes.Widevine, Code: 6007, Tenant: []byte(tenant)})
		}
	}
	w.ledger.Commit("proxy", time.Now(), r, tailer.Position{})
	return w
}

func TestAPICodesByLabel(t *testing.T) {
	h := handler(t, Config{}, tenants(t).deps(t))
	for query, want := range map[string][]string{
		"":                           {"4025 6 [6 6 6]", "6007 1 [1 1 1]"},
		"?label=tenant&value=acme":   {"4025 3 [3 3 3]", "6007 1 [1 1 1]"},
		"?label=tenant":              {"4025 1 [1 1 1]"}, // where it is unknown
		"?label=tenant&value=nobody": nil,
	} {
		body := askJSON[codesBody](t, h, "/api/v1/codes"+query, 200)
		var got []string
		for _, r := range body.Codes {
			got = append(got, fmt.Sprintf("%d %d %v", r.Code, r.Occurrences, r.Recent))
		}
		if !slices.Equal(got, want) || !slices.Equal(body.Labels["tenant"], []string{hostile()[0], "acme"}) {
			t.Errorf("%s: %q, want %q; labels %q", query, got, want, body.Labels)
		}
	}
}

func TestPageFiltersByLabel(t *testing.T) {
	w := tenants(t)
	b := browse(t, w.deps(t))
	b.open()
	choose := func(value string) {
		b.eval(fmt.Sprintf(`((m) => { m.value = %q; m.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('select[name=label]'))`, value))
	}
	const counted = `document.querySelector('#table tr[data-code="4025"]')?.cells[9].textContent`
	b.want(`document.querySelector('#label-menu').hidden`, "false")
	b.want(counted, "6")
	choose("tenant=acme")
	b.until(counted + ` === '3'`)
	choose("tenant=" + hostile()[0])
	b.until(counted + ` === '2' && document.querySelectorAll('#table tbody tr').length === 1`)
	r := &parser.Result{Events: []parser.Event{{DRM: codes.Widevine, Code: 4025, Tenant: []byte(hostile()[0])}}}
	w.ledger.Commit("proxy", time.Now(), r, tailer.Position{})
	b.until(counted + ` === '3'`) // it stays live
	b.click("#clear")
	b.until(counted + ` === '7'`)
	b.want(`window.hacked`, "undefined")
	b.quiet()
}
