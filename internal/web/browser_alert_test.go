package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wvwatch/internal/alert"
	"wvwatch/internal/blame"
)

// night is a world as it is found at three in the morning: one critical alert, older
// than nine warnings, and a rule that fires for a hundred tenants.
func night(t *testing.T) (*world, Deps) {
	w := busyDay(t)
	now := time.Now()
	onset := now.Add(-8 * time.Minute).Truncate(time.Second)
	firing := func(rule, severity, by string, since time.Time) alert.Status {
		labels := map[string]string{"alertname": rule, "severity": severity}
		if by != "" {
			labels["tenant"] = by
		}
		s := alert.Status{Rule: rule, Severity: severity, State: alert.Firing, ActiveSince: since, FiredAt: since, LastHeld: now, Labels: labels, Sentence: "because of " + rule}
		if by != "" {
			s.By = "tenant"
		}
		s.Account.Total = alert.Sums{Since: since, Incidents: 291, Clients: 274, Peak: 58, PeakAt: now, Normal: 11}
		return s
	}
	w.states = []alert.Status{firing("TokenFailing", "critical", "", onset)}
	for i := range 9 {
		w.states = append(w.states, firing(fmt.Sprintf("Warning%d", i), "warning", "", now.Add(-time.Minute)))
	}
	for i := range 100 {
		w.states = append(w.states, firing("TenantRefusals", "warning", fmt.Sprintf("tenant-%02d", i), now.Add(-2*time.Minute)))
	}
	for i := range 120 {
		w.states = append(w.states, firing(fmt.Sprintf("Info%d", i), "info", "", now))
	}
	d := w.deps(t)
	d.Verdict = func(name, by string, _ time.Time) (blame.Verdict, error) {
		if name != "TokenFailing" {
			return blame.Verdict{Alert: name, By: by, Since: onset, Judged: now, Sentence: "Nothing is unusual"}, nil
		}
		return blame.Verdict{
			Alert: name, Since: onset, Judged: now, Kind: "release", Owner: "client-app", Confidence: "high", Incidents: 291, Clients: 274,
			Sentence: "8.7 % of plays fail since 14:01 (usual 3.9 %): 4001 authorisation token missing, 97 % of the rise at tenant skyline-tv on app 5.3.1 (usually 5 % of the traffic); all others as usual.",
			Plays:    blame.Plays{Now: 6390, Expected: 6310, Failing: 0.087, Usual: 0.039}, Share: 0.97, UsualShare: 0.05, Others: "as usual",
			Named: []blame.Value{{Dimension: "tenant", Value: "skyline-tv"}, {Dimension: "app_version", Value: "5.3.1"}},
			Dimensions: []blame.Dimension{
				{Name: "tenant", Values: 52, Top: []blame.Bar{{Value: "skyline-tv", Share: 0.98, Usual: 0.22}, {Value: "alpine", Share: 0.01, Usual: 0.31}}},
				{Name: "app_version", Values: 34, Top: []blame.Bar{{Value: "5.3.1", Share: 0.97, Usual: 0.09}, {Value: "<img src=x>", Share: 0.02, Usual: 0.41}}},
				{Name: "host", Values: 4, Alike: true},
			},
			RuledOut: []string{"one-device", "retry", "crowd", "overload", "one-host"}, TriesAPlay: 1.06,
			FirstSeen: []blame.FirstSeen{{Dimension: "app_version", Value: "5.3.1", At: onset.Add(-22 * time.Minute)}},
			Witnesses: 274, Codes: []blame.CodeRise{{DRM: "widevine", Code: 4006, Clients: 274, Usual: 11}}, Granted: blame.Granted{Now: 0.913, Usual: 0.961},
		}, nil
	}
	return w, d
}

// The worst alert is first and never cut off, rules of many tenants are one entry, and
// the numbers are by severity.
func TestAlertsAtNight(t *testing.T) {
	_, d := night(t)
	b := browse(t, d)
	b.open()
	b.want(`document.querySelector('.alert h3').textContent`, "TokenFailing")
	b.want(`document.querySelector('#tiles .tile').className + ' ' + document.querySelector('#tiles .tile small').textContent`, "tile bad 1 critical")
	b.want(`document.querySelector('#alerts-count').textContent.startsWith('1 critical, 109 warning, 120 info firing')`, "true")
	b.want(`document.querySelector('#alerts-count').textContent.includes('3') && / 3\d less severe not shown/.test(document.querySelector('#alerts-count').textContent)`, "true")
	b.want(`document.querySelector('.alert.group h3').textContent`, "TenantRefusals: 100 tenants")
	b.want(`document.querySelectorAll('.alert.group li').length`, "100")
	b.want(`document.querySelector('.alert.group summary').textContent`, "all 100")
	b.want(`document.title`, "(230) wvwatch")
	b.want(`document.querySelector('link[rel="icon"]').dataset.ground`, "#b3262f")
	// In the document the alerts come before charts, codes and sources.
	b.want(`document.querySelector('#alerts').compareDocumentPosition(document.querySelector('#chart')) === Node.DOCUMENT_POSITION_FOLLOWING`, "true")
	b.want(`document.querySelector('#alerts').getAttribute('aria-live')`, "polite")
	b.shoot("night")
	b.quiet()
}

// An alert has a page with an address: of its sentence, its numbers, who carries the rise
// and what to look at first. Back closes it.
func TestAlertPage(t *testing.T) {
	w, d := night(t)
	b := browse(t, d)
	b.scheme("light")
	b.open()
	b.click(".alert.firing h3 a")
	shown := func() {
		t.Helper()
		b.until(`!document.querySelector('#alert-page').hidden && document.querySelector('#overview').hidden && document.querySelector('#alert-sentence').textContent.startsWith('8.7 % of plays fail')`)
	}
	shown()
	b.until(`document.querySelectorAll('.carrier.named').length === 3`)
	text := b.eval(`document.querySelector('#alert-page').innerText`)
	for _, part := range []string{"TokenFailing", "critical", "Likely owner:", "client-app", "high", "8.7 %", "normal 3.9 %", "291", "274", "1.1 tries a play", "Together", "skyline-tv · 5.3.1", "97.0 %",
		"Spread as the traffic: host (4)", "Look first", "Halt the roll-out.", "One device? No: 274 clients", "app version 5.3.1 first seen", "times in ", "<img src=x>"} {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not say %q:\n%s", part, text)
		}
	}
	b.want(`new URLSearchParams(location.hash.slice(1)).get('alert')`, "TokenFailing")
	b.shoot("alert-light")
	b.scheme("dark")
	b.shoot("alert-dark")
	b.scheme("light")

	b.do(chromedp.Navigate(b.eval(`location.href`))) // as a link from a notification does
	b.do(chromedp.Reload())
	shown()
	b.click("#alert-back")
	b.until(`document.querySelector('#alert-page').hidden && !document.querySelector('#overview').hidden`)
	b.until(`document.querySelectorAll('#table tbody tr').length > 0`)
	b.click(".alert.firing h3 a")
	shown()
	b.eval(`history.back()`)
	b.until(`document.querySelector('#alert-page').hidden`)
	b.click(".alert.group summary")
	b.click(".alert.group li:nth-child(3) a")
	b.until(`document.querySelector('#alert-name').textContent === 'TenantRefusals: tenant-02'`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`document.querySelector('#alert-page').hidden`)

	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	b.click(".alert.firing h3 a")
	shown()
	b.until(`document.querySelectorAll('.carrier').length > 3`)
	b.want(`[...document.querySelectorAll('#alert-page *')].filter((n) => n.getBoundingClientRect().right > 391 && !n.closest('.hidden, .tile')).map((n) => n.outerHTML.slice(0, 80)).join(' ')`, "")
	b.shoot("alert-phone")

	w.change(func() { w.states = w.states[1:] })
	b.until(`document.querySelector('#alert-since').textContent.startsWith('This alert is not active')`)
	b.quiet()
}

// Dialogs, filters and time ranges are in the address, and Back closes a dialog.
func TestAddresses(t *testing.T) {
	_, d := night(t)
	b := browse(t, d)
	b.open()
	b.click(`[data-span="6h"]`)
	b.eval(`((m) => { m.value = 'token'; m.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('select[name=category]'))`)
	b.click(`#table tr[data-code="4006"] button`)
	b.until(`document.querySelector('#details').open`)
	b.eval(`history.back()`)
	b.until(`!document.querySelector('#details').open`)
	b.click(`.source[data-source="ssp-edge"]`)
	b.until(`document.querySelector('#details').open`)
	b.do(chromedp.Reload())
	b.until(`document.querySelector('#details')?.open && document.querySelector('#details-title').textContent === 'ssp-edge'`)
	b.want(`document.querySelector('select[name=category]').value + ' ' + document.querySelector('[data-span="6h"]').getAttribute('aria-pressed')`, "token true")
	b.do(chromedp.KeyEvent("\x1b"))
	b.until(`!document.querySelector('#details').open && !location.hash.includes('show')`)
	b.quiet()
}
