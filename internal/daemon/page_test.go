package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wvwatch/internal/config"
)

// A line that is written to a log is on the open page within two seconds: through
// the tailer, the parser, the ledger, the stream of events and a real browser.
func TestWrittenLineIsOnThePage(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium: apt-get install chromium, to have the page looked at by a real browser")
	}
	dir := t.TempDir()
	log, file := filepath.Join(dir, "player.log"), filepath.Join(dir, "config.yaml")
	write := func(path, text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			_ = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(log, "extra=4006\n")
	write(file, fmt.Sprintf("sources: [{name: player, files: [%q]}]\nstate: {directory: %q}\nweb: {listen: [\"127.0.0.1:0\"]}\n", log, filepath.Join(dir, "state")))
	d, err := New(Options{Load: func() (*config.Config, error) { return config.Load(file, nil) }, Stderr: t.Output(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	defer stopAllocator()
	tab, stopTab := chromedp.NewContext(allocator)
	defer stopTab()
	defer func() { _ = chromedp.Cancel(tab) }() // waits for the process to end
	until := func(expression string) time.Duration {
		t.Helper()
		began := time.Now()
		patient, cancel := context.WithTimeout(tab, 30*time.Second)
		defer cancel()
		if _, err := chromedp.Run(patient, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond))); err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return time.Since(began)
	}
	if _, err := chromedp.Run(tab, chromedp.Navigate(d.URLs()[0]+"/")); err != nil {
		t.Fatal(err)
	}
	const counted = `document.querySelector('#table tr[data-code="4006"]')?.cells[9].textContent`
	until(counted + ` === '1'`)
	soonest := time.Hour // a busy machine may be late now and then
	for n := 2; n <= 6; n++ {
		write(log, "{\"errorCode\":4006}\n")
		soonest = min(soonest, until(fmt.Sprintf("%s === '%d'", counted, n)))
	}
	t.Logf("at best after %s", soonest.Round(time.Millisecond))
	if soonest > 2*time.Second {
		t.Errorf("a written line was on the page after %s at best, want less than 2 s", soonest)
	}
}
