package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestReloadInputs changes sources that receive logs while the daemon runs: a
// connection of a source that stays is kept, new and changed ones are opened, and
// where a port is taken everything is as before.
func TestReloadInputs(t *testing.T) {
	dir := t.TempDir()
	page, tcp, push, moved := freePort(t), freePort(t), freePort(t), freePort(t)
	lb := fmt.Sprintf("  - {name: lb, syslog: {listen: [\"tcp://%s\"]}}\n", tcp)
	edge := func(address string) string { return fmt.Sprintf("  - {name: edge, http: {listen: %q}}\n", address) }
	settings := fmt.Sprintf("state: {directory: %q, interval: 200ms}\nweb: {listen: [%q], enable_reload: true}\n", filepath.Join(dir, "state"), page)
	config := write(t, dir, "config.yaml", "sources:\n"+lb+settings)
	start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, page)
	reload := func(sources string, status int) {
		t.Helper()
		write(t, dir, "config.yaml", "sources:\n"+sources+settings)
		res, err := http.Post("http://"+page+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if text, _ := io.ReadAll(res.Body); res.StatusCode != status {
			t.Fatalf("reload: %d %s, want %d", res.StatusCode, text, status)
		}
	}
	want := map[seriesKey]int{}
	counted := func() {
		t.Helper()
		eventually(t, "counts", func() error {
			got, err := scrapeExtras(page)
			if err != nil {
				return err
			}
			return sameCounts(want, got)
		})
	}
	const line = `{"errorCode":4006,"message":"m"}` + "\n"
	post := func(address string, text string) {
		t.Helper()
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Post("http://"+address+"/ingest", "text/plain", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNoContent {
			t.Fatalf("%s answers %d", address, res.StatusCode)
		}
		want[seriesKey{"edge", "widevine", "4006"}] += strings.Count(text, "\n")
	}
	c, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send := func() {
		t.Helper()
		if _, err := io.WriteString(c, line); err != nil {
			t.Fatal(err)
		}
		want[seriesKey{"lb", "widevine", "4006"}]++
	}

	send()
	counted()
	reload(lb+edge(push), http.StatusOK) // added
	send()                               // on the connection of before
	post(push, line)
	counted()
	reload(lb+edge(moved), http.StatusOK) // changed
	post(moved, line+line)
	if _, err := net.Dial("tcp", push); err == nil {
		t.Error("the old port is still open")
	}
	send()
	counted()
	reload(lb+edge(page), http.StatusInternalServerError) // taken by the page
	post(moved, line+line+line)
	send()
	counted()
	reload(lb, http.StatusOK) // removed
	if _, err := net.Dial("tcp", moved); err == nil {
		t.Error("the port of a removed source is still open")
	}
	send()
	delete(want, seriesKey{"edge", "widevine", "4006"})
	counted()
}
