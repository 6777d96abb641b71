package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReload changes the configuration of a running daemon in all three ways
// while lines are written: no count is lost, a new source and rule are there, and
// a bad file changes nothing but the metric that reports it.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	binary, address := buildBinary(t, dir), freePort(t)
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	appendTo := func(file, line string) {
		t.Helper()
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	settings := fmt.Sprintf("state: {directory: %q}\nweb: {listen: [%q], enable_reload: true}\n", filepath.Join(dir, "state"), address)
	sourceA := fmt.Sprintf("sources:\n  - {name: a, files: [%q]}\n", a)
	config := write(t, dir, "config.yaml", sourceA+settings)
	p := start(t, dir, "wvwatch", binary, "run", "--config", config)
	waitReady(t, address)
	counted := func(want map[seriesKey]int) {
		t.Helper()
		eventually(t, "counts", func() error {
			got, err := scrapeExtras(address)
			if err != nil {
				return err
			}
			return sameCounts(want, got)
		})
	}
	reload := func() (int, string) {
		t.Helper()
		resp, err := http.Post("http://"+address+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	key := func(source string) seriesKey { return seriesKey{source, "widevine", "4006"} }

	appendTo(a, `{"errorCode":4006}`)
	appendTo(b, `{"errorCode":4006}`)
	counted(map[seriesKey]int{key("a"): 1})

	// A second source and another rule, over HTTP.
	write(t, dir, "config.yaml", sourceA+fmt.Sprintf("  - {name: b, files: [%q]}\nalerts:\n  - {name: TokenReuse, match: {codes: [4006]}, when: {per_minute: 600, over: 1m}}\n", b)+settings)
	appendTo(a, `{"errorCode":4006}`)
	if status, text := reload(); status != http.StatusOK {
		t.Fatalf("reload: %d %s", status, text)
	}
	counted(map[seriesKey]int{key("a"): 2, key("b"): 1})
	if text := metricsText(t, address); !strings.Contains(text, `drm_alert_state{alert="TokenReuse",severity="warning"} 0`) || strings.Contains(text, "KeyManagerFailing") {
		t.Error("the rules are not those of the new file")
	}

	// A bad file: the error is reported with its place, and nothing changes.
	write(t, dir, "config.yaml", sourceA+"surces: []\n"+settings)
	if status, text := reload(); status != http.StatusInternalServerError || !strings.Contains(text, "surces: unknown key, did you mean sources?") {
		t.Errorf("reload of a bad file: %d %s", status, text)
	}
	if text := metricsText(t, address); !strings.Contains(text, "wvwatch_config_last_reload_successful 0") {
		t.Error("the metric does not say that the reload failed")
	}
	appendTo(b, `{"errorCode":4006}`)
	counted(map[seriesKey]int{key("a"): 2, key("b"): 2})

	// Back to the first by a signal; the file's change alone would do too.
	write(t, dir, "config.yaml", sourceA+settings)
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	appendTo(a, `{"errorCode":4006}`)
	counted(map[seriesKey]int{key("a"): 3})
	eventually(t, "reload by signal", func() error {
		if !strings.Contains(metricsText(t, address), "wvwatch_config_last_reload_successful 1") {
			return fmt.Errorf("not yet")
		}
		return nil
	})

	// A file that is gone fails to load, and works again once it is back.
	if err := os.Remove(filepath.Join(dir, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, is := range []string{"0", "1"} {
		eventually(t, "notice of the file", func() error {
			if !strings.Contains(metricsText(t, address), "wvwatch_config_last_reload_successful "+is) {
				return fmt.Errorf("wvwatch_config_last_reload_successful is not %s", is)
			}
			return nil
		})
		write(t, dir, "config.yaml", sourceA+settings)
	}

	// A change of the file is loaded without a signal.
	write(t, dir, "config.yaml", sourceA+fmt.Sprintf("  - {name: b, files: [%q]}\n", b)+settings)
	counted(map[seriesKey]int{key("a"): 3, key("b"): 2}) // the source that came back kept its count
	stop(t, p, syscall.SIGTERM)
}

func metricsText(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
