package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// hostile are texts that would do something if they were taken for markup.
func hostile() []string {
	return []string{
		`<img src=x onerror="window.hacked = 1">`,
		`</script><script>window.hacked = 1</script>`,
		`"><svg onload=window.hacked=1>`,
		`<a href="javascript:window.hacked=1">`,
		`{{constructor.constructor('window.hacked = 1')()}}`,
	}
}

func TestHostileTextStaysText(t *testing.T) {
	texts := hostile()
	overlay := filepath.Join(t.TempDir(), "overlay.yaml")
	if err := os.WriteFile(overlay, []byte("codes:\n  - drm: widevine\n    code: 9123\n    description: '"+texts[0]+"'\n    category: custom\n    hint: '"+texts[2]+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cat, err := codes.Load(codes.Config{Overlay: overlay})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, texts[0], texts[1])
	w.cat = cat
	w.ledger.Reconfigure(metrics.Default(), cat, []string{texts[0], texts[1]})
	w.why = texts[1]
	for _, text := range texts {
		labels := map[string]string{"alertname": text, "severity": text, text: text}
		w.states = append(w.states, alert.Status{Rule: text, Severity: text, State: alert.Firing, Sentence: text, FiredAt: time.Now(), Labels: labels,
			Annotations: map[string]string{"runbook_url": "javascript:window.hacked=1"}})
		w.alerts = append(w.alerts, alert.Alert{Labels: labels, Annotations: map[string]string{"summary": text, "runbook_url": text}, StartsAt: time.Now().Add(-time.Minute), ResolvedAt: time.Now()})
	}
	w.happen(texts[0], 9123, 3)
	d := w.deps(t)
	d.Version = texts[1]
	b := browse(t, d)
	b.open()
	b.click(`#table tbody tr button`)
	b.until(`document.querySelector('#details').open`)
	b.eval(`document.querySelector('#details').close()`)
	b.typeInto("query", "9123 onload")
	b.until(`document.querySelectorAll('#results button').length === 1`)
	b.shoot("hostile")

	b.want(`window.hacked`, "undefined")
	b.want(`document.querySelectorAll('img, main script, main svg[onload], a[href^="javascript"]').length`, "0")
	b.want(`document.querySelectorAll('script').length`, "2")
	b.want(`[...document.querySelectorAll('.alert.firing h3')].map((h) => h.textContent).reverse().join('\n')`, strings.Join(texts, "\n"))
	b.want(`document.querySelector('#table .name:not(th)').textContent`, texts[0])
	b.want(`document.querySelector('.source b').textContent`, texts[0])
	b.want(`document.querySelector('#version .hidden').textContent`, "version "+texts[1])
	b.quiet()
}

// The page of 97 codes and four sources is small.
func TestPageWeighsLittle(t *testing.T) {
	names := []string{"one", "two", "three", "four"}
	w := newWorld(t, names...)
	now := time.Now()
	for _, source := range names {
		r := &parser.Result{}
		for i := range w.cat.Len() {
			if e := w.cat.At(i); e.DRM == codes.Widevine {
				for minute := range 59 {
					for range i%5 + 1 {
						r.Events = append(r.Events, parser.Event{Time: now.Add(-time.Duration(minute) * time.Minute).UnixNano(), DRM: e.DRM, Code: e.Code})
					}
				}
			}
		}
		w.ledger.Commit(source, now, r, tailer.Position{})
	}
	b := browse(t, w.deps(t))
	b.open()
	b.want(rowsShown, "97")
	b.until(`document.querySelectorAll('#table svg.spark').length === 97`)
	b.mu.Lock()
	kilobytes := b.transferred / 1000
	b.mu.Unlock()
	t.Logf("%.1f kB transferred", kilobytes)
	if kilobytes < 10 || kilobytes > 100 {
		t.Errorf("%.1f kB transferred, want 10 to 100", kilobytes)
	}
	b.quiet()
}

// A page that lost its daemon shows it, and goes on by itself when it is back.
func TestPageComesBack(t *testing.T) {
	w := newWorld(t, "proxy")
	w.happen("proxy", 4025, 1)
	b := browse(t, w.deps(t))
	b.open()
	b.eval(`window.stayed = true`)
	address := strings.TrimPrefix(b.url, "http://")
	b.stop()
	b.until(`document.querySelector('#state').textContent.startsWith('Stale')`)
	b.want(`document.title + ' ' + document.querySelector('link[rel="icon"]').dataset.ground`, "stale: wvwatch #7d868b")
	b.shoot("stale")
	w.happen("proxy", 4025, 4)
	start(t, Config{Listen: []string{address}}, w.deps(t))
	b.until(`document.querySelector('#table tr[data-code="4025"]').cells[9].textContent === '5' && document.querySelector('#state').textContent === 'Daemon ready'`)
	b.want(`document.title`, "wvwatch")
	b.want(`window.stayed`, "true")
}

// A page that has nothing to show shows the reason, and where to look.
func TestPageOfNothing(t *testing.T) {
	w := newWorld(t, "proxy", "player")
	w.states = []alert.Status{{Rule: "Quiet", Severity: "warning"}}
	w.stats["proxy"] = tailer.SourceStats{}
	w.stats["player"] = tailer.SourceStats{Files: 2, CatchingUp: true, LagBytes: 800_000_000, LastReadNanos: time.Now().UnixNano()}
	w.why = "reading what was written before the start"
	b := browse(t, w.deps(t))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(`!document.querySelector('#codes-none').hidden && document.querySelector('#chart canvas') !== null`)
	b.want(`document.querySelector('#codes-none').textContent`, "No line has been read yet.")
	b.want(`document.querySelector('#alerts').textContent`, "Nothing fires, nothing is pending.")
	b.want(`document.querySelector('#chart .none').textContent`, "No code in the last hour.")
	b.want(`document.querySelector('#state').textContent`, "Daemon catching up: player")
	b.want(`document.querySelector('.source[data-source="proxy"] .below').textContent`, "no file matches: check files of this source")
	w.change(func() { w.stats["player"] = tailer.SourceStats{Files: 2, CatchingUp: true, LagBytes: 200_000_000} })
	b.until(`document.querySelector('.source[data-source="player"] progress').value === 0.75`)
	b.want(`document.querySelector('.source[data-source="player"] .below').textContent`, "2 files · catching up: 200 MB, 75 %")
	b.shoot("empty")
	w.change(func() { w.stats["player"] = tailer.SourceStats{Files: 2}; w.why = "" })
	b.until(`document.querySelector('.source[data-source="player"] progress').hidden && document.querySelector('#state').textContent === 'Daemon ready'`)
	b.quiet()
}
