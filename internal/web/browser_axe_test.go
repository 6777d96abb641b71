package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeSource returns the text of axe-core, which finds what people with other
// senses and hands than ours stumble over.
func axeSource(t *testing.T) string {
	t.Helper()
	places := []string{os.Getenv("WVWATCH_AXE"), "../../node_modules/axe-core/axe.min.js", "/usr/share/nodejs/axe-core/axe.min.js", "/usr/share/javascript/axe-core/axe.min.js"}
	for _, place := range places {
		if text, err := os.ReadFile(place); err == nil {
			return string(text)
		}
	}
	t.Skip("no axe-core: run npm install --no-save axe-core in the project's folder, or set WVWATCH_AXE to an axe.min.js, to have the page judged")
	return ""
}

// judge runs axe-core over what is shown and fails the test for whatever it
// finds. Its script comes over the browser's protocol, not over the page, so that
// the page's Content-Security-Policy stays as it is.
func (b *browser) judge(axe, what string) {
	b.t.Helper()
	if b.eval(`typeof window.axe`) == "undefined" {
		run(b, chromedp.Evaluate[string](axe+"\n;''"))
	}
	found := run(b, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations', 'incomplete']}).then((r) =>
		JSON.stringify({violations: r.violations.map((v) => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary)})), passes: r.passes.length}))`, chromedp.EvalAwaitPromise))
	var result struct {
		Passes     int
		Violations []struct {
			ID, Impact, Help string
			Nodes            []string
		}
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil {
		b.t.Fatalf("%v: %s", err, found)
	}
	for _, v := range result.Violations {
		b.t.Errorf("%s: %s fault %s: %s\n%s", what, v.Impact, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
	}
	if result.Passes < 10 {
		b.t.Errorf("%s: only %d rules had anything to look at", what, result.Passes)
	}
}

// axe-core finds no fault in the page, light and dark, wide and narrow, with
// what can be opened open, nor in a runbook.
func TestPageIsAccessible(t *testing.T) {
	axe := axeSource(t)
	_, d := night(t)
	b := browse(t, d)
	b.scheme("light")
	b.open()
	b.judge(axe, "light")
	// The judge has to see what it is there for.
	if bad := b.eval(`(() => { const i = document.createElement('input'); document.querySelector('main').append(i); return i.isConnected; })()`); bad == "true" {
		found := run(b, chromedp.Evaluate[string](`axe.run().then((r) => r.violations.map((v) => v.id).join(' '))`, chromedp.EvalAwaitPromise))
		if !strings.Contains(found, "label") {
			t.Errorf("a field without a label was not found, only %q", found)
		}
		b.eval(`document.querySelector('main > input').remove()`)
	}
	b.scheme("dark")
	b.judge(axe, "dark")
	b.click(`#table tr[data-code="6007"] button`)
	b.until(`document.querySelector('#details').open && document.querySelector('#details .sample') !== null`)
	b.judge(axe, "details, dark")
	b.eval(`document.querySelector('#details').close()`)
	b.scheme("light")
	b.click(`.source[data-source="ssp-edge"]`)
	b.until(`document.querySelector('#details').open && document.querySelector('#details .sample') !== null`)
	b.judge(axe, "source")
	b.eval(`document.querySelector('#details').close()`)
	b.typeInto("query", "sessions")
	b.until(`!document.querySelector('#results').hidden`)
	b.judge(axe, "search")
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	b.until(`document.documentElement.clientWidth === 390`)
	b.judge(axe, "phone")
	b.click(".alert.firing h3 a")
	b.until(`document.querySelectorAll('.carrier.named').length === 3`)
	b.judge(axe, "alert's page, phone")
	b.scheme("dark")
	b.do(chromedp.EmulateViewport(1440, 900))
	b.judge(axe, "alert's page, dark")
	b.scheme("light")
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(b.url+"/runbooks/key-manager.md"))
	b.until(`document.querySelector('h1')?.textContent === 'Key manager'`)
	b.judge(axe, "runbook")
	b.shoot("runbook")
	b.quiet()
}

// The screenshots in docs are of this page: same file names, and not
// older than a change of what they show would allow.
func TestScreenshotsAreThere(t *testing.T) {
	for _, name := range []string{"page-light.png", "page-dark.png"} {
		if info, err := os.Stat(filepath.Join("../../docs", name)); err != nil || info.Size() < 50_000 {
			t.Errorf("docs/%s: %v", name, err)
		}
	}
}
