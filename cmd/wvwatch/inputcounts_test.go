package main

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestInputCountersGoOn sends lines, a repetition and a body that is no JSON, and restarts the
// daemon: after a stop, a kill and a reload that replaces the input, each counter has at least
// the value that was scraped, and goes on from there.
func TestInputCountersGoOn(t *testing.T) {
	dir := t.TempDir()
	page, push := freePort(t), freePort(t)
	config := func(connections int) string {
		return write(t, dir, "config.yaml", fmt.Sprintf(
			"sources:\n  - {name: edge, http: {listen: %q, max_connections: %d}}\nstate: {directory: %q}\nweb: {listen: [%q], enable_reload: true}\n",
			push, connections, filepath.Join(dir, "state"), page))
	}
	binary, file := buildBinary(t, dir), config(10)
	run := func() *exec.Cmd {
		p := start(t, dir, "wvwatch", binary, "run", "--config", file)
		waitReady(t, page)
		return p
	}
	post := func(path, kind, body string, status int) {
		t.Helper()
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Post("http://"+path, kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		if _ = res.Body.Close(); res.StatusCode != status {
			t.Fatalf("%s answers %d, want %d", path, res.StatusCode, status)
		}
	}
	rounds, bytes := 0, 0
	send := func() {
		t.Helper()
		rounds++
		body := fmt.Sprintf("line %d\nanother line\n", rounds)
		bytes += len(body)
		post(push+"/ingest", "text/plain", body, http.StatusNoContent)
		post(push+"/ingest", "text/plain", body, http.StatusNoContent) // again
		post(push+"/v1/logs", "application/json", "no JSON", http.StatusBadRequest)
	}
	wants := func(when string) {
		t.Helper()
		eventually(t, when, func() error {
			for name, want := range map[string]int{
				"wvwatch_input_batches_total": rounds, "wvwatch_input_records_total": 2 * rounds, "wvwatch_input_bytes_total": bytes,
				"wvwatch_repeated_batches_total": rounds, "wvwatch_input_rejected_total": rounds, "wvwatch_lines_total": 2 * rounds,
			} {
				if got, err := metric(page, name); err != nil || got != float64(want) {
					return fmt.Errorf("%s is %v, want %d: %w", name, got, want, err)
				}
			}
			return nil
		})
	}
	p := run()
	send()
	wants("after the first start")
	stop(t, p, syscall.SIGTERM)
	p = run()
	wants("after a stop")
	send()
	wants("after the second start")
	stop(t, p, syscall.SIGKILL) // what was scraped is saved
	run()
	wants("after a kill")
	send()
	wants("after the third start")
	config(20)
	post(page+"/-/reload", "", "", http.StatusOK)
	wants("after a reload")
	send()
	wants("at the end")
}
