package web

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/tailer"
)

// patience is how long the page may take to show something on a busy machine;
// what has to be quick is measured.
const patience = 20 * time.Second

// browser is a page in a real browser, and what it complained of.
type browser struct {
	t    *testing.T
	ctx  context.Context
	url  string
	stop func() // ends the server

	mu          sync.Mutex
	complaints  []string
	transferred float64           // bytes, headers among them
	elsewhere   map[string]string // requests that did not go to the daemon
}

// browse opens the page of d in a headless Chromium.
func browse(t *testing.T, d Deps) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium: apt-get install chromium, to have the page looked at by a real browser")
	}
	s, stopServer := startUntil(t, Config{Listen: []string{"127.0.0.1:0"}}, d)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process to end
		stop()
		stopAllocator()
	})
	b := &browser{t: t, ctx: ctx, url: s.URLs()[0], stop: stopServer, elsewhere: map[string]string{}}
	if err := chromedp.Listen(ctx, b.listen); err != nil { // starts it
		t.Fatalf("start %s: %v", path, err)
	}
	b.do(command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		chromedp.EmulateViewport(1440, 900))
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	complain := func(format string, args ...any) { b.complaints = append(b.complaints, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *log.EventEntryAdded: // violations of the content security policy are among them
		complain("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text = e.ExceptionDetails.Exception.Description
		}
		complain("exception: %s", text)
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			complain("console.%s: %s %s", e.Type, arg.Value, arg.Description)
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.url+"/") && strings.HasPrefix(e.Request.URL, "http") {
			b.elsewhere[e.Request.URL] = string(e.Type)
		}
	case *network.EventLoadingFinished:
		b.transferred += e.EncodedDataLength
	case *page.EventJavascriptDialogOpening:
		complain("dialog: %s", e.Message)
	}
}

// command is an action that sends a command of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], parameters P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, parameters)
		return err
	})
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	run(b, chromedp.Steps(actions...))
}

// run runs an action and returns its value.
func run[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	return v
}

// open loads the page and waits for its first counts.
func (b *browser) open() {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(`document.querySelectorAll('#table tbody tr').length > 0 && document.querySelector('#chart canvas') !== null`)
}

// eval returns the value of an expression as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	return run(b, chromedp.Evaluate[string]("String("+expression+")"))
}

// until waits for an expression to be true and returns how long that took.
func (b *browser) until(expression string) time.Duration {
	b.t.Helper()
	begin := time.Now()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	poll := func(ctx context.Context, expression string) error {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond)))
		return err
	}
	if err := poll(ctx, expression); err != nil {
		shot := b.shoot("failed")
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Fatalf("never true: %s: %v\n%s\n%s", expression, err, strings.Join(b.complaints, "\n"), shot)
	}
	return time.Since(begin)
}

// want fails the test where an expression is not that text.
func (b *browser) want(expression, want string) {
	b.t.Helper()
	if got := b.eval(expression); got != want {
		b.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// quiet fails the test if the browser complained, or was sent elsewhere.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complained: %s", c)
	}
	for url := range b.elsewhere {
		b.t.Errorf("the page asked for %s", url)
	}
}

// shoot takes a picture of what is in the window, and returns where it is.
func (b *browser) shoot(name string) string {
	b.t.Helper()
	png := run(b, chromedp.CaptureScreenshot())
	dir := os.Getenv("WVWATCH_SCREENSHOTS") // to look at them
	if dir == "" {
		dir = filepath.Join(b.t.ArtifactDir(), "screenshots")
	}
	file := filepath.Join(dir, name+".png")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	return file
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}))
}

// typeInto puts a text into a field as a person would.
func (b *browser) typeInto(id, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`(document.querySelector('#%s').focus(), document.querySelector('#%s').select())`, id, id))
	b.do(chromedp.KeyEvent(text))
}

// click clicks on an element, wherever a change that is just being drawn moves it.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q) !== null", selector))
	b.eval(fmt.Sprintf("document.querySelector(%q).click()", selector))
}

const (
	firstCode = `document.querySelector('#table tbody tr button').textContent`
	rowsShown = `document.querySelectorAll('#table tbody tr').length`
)

func TestPageInABrowser(t *testing.T) {
	w := busyDay(t)
	b := browse(t, w.deps(t))
	b.scheme("light")
	b.open()

	// What an operator on call looks at first.
	b.want(`document.querySelector('#state').textContent`, "Daemon ready")
	b.want(`document.title`, "(1) wvwatch")
	b.want(firstCode, "6007")
	b.want(rowsShown, "20")
	b.want(`document.querySelector('.alert.firing h3').textContent`, "KeyManagerFailing")
	b.want(`document.querySelector('.alert.firing .foot a').href`, "https://runbooks.example/key-manager")
	b.want(`document.querySelectorAll('.alert').length`, "3")
	b.want(`document.querySelectorAll('.source').length`, "4")
	b.want(`document.querySelector('#chart').dataset.periods + ' ' + document.querySelector('#requests-chart').dataset.periods`, "2 2")
	b.want(`getComputedStyle(document.body.parentNode).backgroundColor`, "rgb(244, 245, 243)")
	b.shoot("page-light")

	t.Run("dark", func(t *testing.T) {
		b.t = t
		b.scheme("dark")
		b.want(`getComputedStyle(document.body.parentNode).backgroundColor`, "rgb(15, 18, 20)")
		b.shoot("page-dark")
		b.click("#theme") // light, whatever the system's setting
		b.want(`getComputedStyle(document.body.parentNode).backgroundColor`, "rgb(244, 245, 243)")
		b.click("#theme")
		b.click("#theme")
		b.want(`document.querySelector('#theme-name').textContent`, "auto")
		b.scheme("light")
	})

	t.Run("sort", func(t *testing.T) {
		b.t = t
		b.click(`th[data-key="code"] button`)
		b.until(firstCode + ` === '1003'`)
		b.want(`document.querySelector('th[data-key="code"]').getAttribute('aria-sort')`, "ascending")
		b.click(`th[data-key="code"] button`)
		b.until(firstCode + ` === '6007'`)
		b.click(`th[data-key="occurrences"] button`)
		b.until(firstCode + ` === '4025'`)
		b.want(`location.hash`, "#sort=-occurrences")
	})

	t.Run("filter", func(t *testing.T) {
		b.t = t
		for menu, value := range map[string]string{"category": "token", "outcome": "expected", "source": "ssp-edge", "drm": "playready"} {
			all := b.eval(rowsShown)
			b.eval(fmt.Sprintf(`((m) => { m.value = '%[2]s'; m.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('select[name=%[1]s]'))`, menu, value))
			b.until(fmt.Sprintf(`location.hash.includes('%s=%s')`, menu, value))
			if menu == "category" {
				b.until(`[...document.querySelectorAll('#table td.category')].every((c) => c.textContent === 'token')`)
			}
			if menu == "drm" {
				b.until(rowsShown + ` === 0 && !document.querySelector('#codes-none').hidden`)
			}
			b.click("#clear")
			b.until(rowsShown + " === " + all)
		}
		b.click(`#legend button[data-name="key-manager"]`)
		b.until(rowsShown + " === 1")
		b.click(`#legend button[data-name="key-manager"]`)
		b.until(rowsShown + " === 20")
	})

	t.Run("details", func(t *testing.T) {
		b.t = t
		b.eval(`document.querySelector('#table tr[data-code="6007"] button').focus()`)
		b.do(chromedp.KeyEvent("\r")) // by keyboard
		b.until(`document.querySelector('#details').open`)
		body := b.eval(`document.querySelector('#details').textContent`)
		for _, part := range []string{"6007 widevine", "Key manager", "infrastructure", "Shaka", "LICENSE_REQUEST_FAILED", "licence-proxy"} {
			if !strings.Contains(body, part) {
				t.Errorf("the details do not say %q: %s", part, body)
			}
		}
		b.shoot("details")
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(`!document.querySelector('#details').open`)
		b.want(`document.activeElement.closest('tr').dataset.code`, "6007")
	})

	t.Run("search", func(t *testing.T) {
		b.t = t
		b.eval(`document.activeElement.blur()`)
		b.do(chromedp.KeyEvent("/"))
		b.want(`document.activeElement.id`, "query")
		b.typeInto("query", "sessions maximum")
		b.until(`!document.querySelector('#results').hidden`)
		b.shoot("search")
		b.typeInto("query", "no such words")
		b.until(`document.querySelector('#results').textContent.startsWith('No code')`)
		b.typeInto("query", "6003 widevine")
		b.until(`document.querySelectorAll('#results button').length === 1`)
		b.do(chromedp.KeyEvent("\r"))
		b.until(`document.querySelector('#details').open && document.querySelector('#details-title').textContent === '6003 widevine'`)
		b.eval(`document.querySelector('#details').close()`)
	})

	t.Run("spans", func(t *testing.T) {
		b.t = t
		for _, tt := range []struct{ name, points, periods string }{{"24h", "288", "3"}, {"6h", "360", "2"}, {"15m", "90", "2"}, {"1h", "120", "2"}} {
			b.click(`[data-span="` + tt.name + `"]`)
			b.until(`document.querySelector('[data-span="` + tt.name + `"]').getAttribute('aria-pressed') === 'true' && document.querySelector('#chart').dataset.points === '` + tt.points + `'`)
			b.want(`document.querySelector('#chart').dataset.periods`, tt.periods)
			b.want(`new URLSearchParams(location.hash.slice(1)).get('span')`, tt.name)
			b.shoot("span-" + tt.name)
			if tt.name == "24h" {
				b.want(`document.querySelectorAll('#earlier li').length`, "1") // next to the one that is resolved
			}
		}
	})

	t.Run("source", func(t *testing.T) {
		b.t = t
		b.click(`.source[data-source="ssp-edge"]`)
		b.until(`document.querySelector('#details').open && document.querySelectorAll('#details .sample').length >= 3`)
		body := b.eval(`document.querySelector('#details').textContent`)
		for _, part := range []string{"ssp-edge", "/var/log/ssp/edge-2.log", "touching", "licence-status", "extra=4002:1", "[ip]", "Rotations"} {
			if !strings.Contains(body, part) {
				t.Errorf("the source does not say %q: %s", part, body)
			}
		}
		b.want(`[...document.querySelectorAll('#details del')].some((m) => m.textContent === '4002' && m.title.startsWith('ignored: '))`, "true")
		b.shoot("source")
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(`!document.querySelector('#details').open`)
		b.want(`document.documentElement.textContent.includes('`+secret+`')`, "false")
	})

	t.Run("chart by keyboard", func(t *testing.T) {
		b.t = t
		b.eval(`document.querySelector('#chart').focus()`)
		b.do(chromedp.KeyEvent(kb.End), chromedp.KeyEvent(kb.ArrowLeft))
		b.until(`!document.querySelector('#chart .tip').hidden && document.querySelector('#chart-text').textContent !== ''`)
	})

	t.Run("keyboard only", func(t *testing.T) {
		b.t = t
		focus := `(document.activeElement.id || document.activeElement.className || document.activeElement.textContent).trim()`
		b.eval(`(document.activeElement.blur(), scrollTo(0, 0))`)
		b.do(chromedp.Navigate(b.url + "/"))
		b.until(`document.querySelectorAll('#table tbody tr').length > 0`)
		b.do(chromedp.KeyEvent("\t"))
		b.want(focus, "skip")
		b.want(`document.activeElement.getBoundingClientRect().top >= 0`, "true") // it shows
		b.do(chromedp.KeyEvent("\r"))
		b.until(`document.activeElement.id === 'codes'`)
		for range 5 { // past the menus
			b.do(chromedp.KeyEvent("\t"))
		}
		b.until(`document.activeElement.closest('th')?.dataset.key === 'code'`)
		b.do(chromedp.KeyEvent(" "))
		b.until(firstCode + ` === '1003'`)
		for b.eval(`document.activeElement.closest('tbody') !== null`) == "false" {
			b.do(chromedp.KeyEvent("\t"))
		}
		b.do(chromedp.KeyEvent(kb.ArrowDown))
		b.want(`document.activeElement.closest('tr').dataset.code`, "1004")
		b.do(chromedp.KeyEvent("\r"))
		b.until(`document.querySelector('#details').open && document.querySelector('#details-title').textContent === '1004 widevine'`)
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(`!document.querySelector('#details').open && document.activeElement.closest('tr')?.dataset.code === '1004'`)
		for n := 0; b.eval(`document.activeElement.classList.contains('source')`) == "false"; n++ {
			if n > 60 {
				t.Fatal("no source is reached by Tab")
			}
			b.do(chromedp.KeyEvent("\t"))
			b.want(`document.activeElement === document.body || document.activeElement.matches(':focus-visible')`, "true")
		}
		b.do(chromedp.KeyEvent(" "))
		b.until(`document.querySelector('#details').open && document.querySelector('#details-title').textContent === 'player-web'`)
		b.do(chromedp.KeyEvent("\x1b"))
		b.click(`th[data-key="r1"] button`)
	})

	t.Run("live", func(t *testing.T) {
		b.t = t
		b.want(`document.querySelector('#table tr[data-code="5002"]')`, "null")
		soonest := patience // a busy machine may be late once
		for try := 1; try <= 3; try++ {
			w.happen("ssp-edge", 5002, 1)
			soonest = min(soonest, b.until(fmt.Sprintf(`document.querySelector('#table tr[data-code="5002"]')?.cells[9].textContent === '%d'`, try)))
		}
		if soonest > 2*time.Second {
			t.Errorf("a new count was on the page after %s at best, want less than 2 s", soonest)
		}
		w.change(func() {
			w.states[0] = alert.Status{Rule: "KeyManagerFailing", Severity: "critical"}
			w.stats["ssp-edge"] = tailer.SourceStats{Files: 2, CatchingUp: true, LagBytes: 1_200_000_000}
		})
		b.until(`document.querySelectorAll('.alert.firing').length === 0 && document.title === 'wvwatch'`)
		b.until(`document.querySelector('#state').textContent === 'Daemon catching up: ssp-edge' && document.querySelector('#sources').textContent.includes('catching up: 1.2 GB')`)
		w.change(func() {
			w.receivers = []notify.Receiver{{Name: "http://alertmanager.monitoring.svc.cluster.local:9093", Waiting: 3, Failing: true}}
		})
		b.until(`document.querySelector('#state.bad')?.textContent === '3 alerts wait for http://alertmanager.monitoring.svc.cluster.local:9093, which takes none'`)
		b.until(`[...document.querySelectorAll('#legend button')].some((l) => l.dataset.name === 'drm-sdk')`)
	})

	t.Run("phone", func(t *testing.T) {
		b.t = t
		b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		b.until(`document.documentElement.clientWidth === 390`)
		b.want(`[...document.querySelectorAll('body *')].filter((n) => n.getBoundingClientRect().right > 391 && !n.closest('.scroll, .hidden, .tile')).map((n) => n.outerHTML.slice(0, 80)).join(' ')`, "")
		b.want(`document.querySelector('.alerts-panel').getBoundingClientRect().top < document.querySelector('.chart-panel').getBoundingClientRect().top`, "true")
		b.shoot("phone")
		b.eval(`document.querySelector('.codes-panel').scrollIntoView()`)
		b.shoot("phone-codes")
	})
	b.t = t
	b.quiet()
}
