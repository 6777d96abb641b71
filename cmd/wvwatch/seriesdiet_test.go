package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// One idle source without rates costs a scraper at most 450 series and 6 kB; parts of
// them can be asked for.
func TestSeriesOfAnIdleSource(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real daemon")
	}
	dir := t.TempDir()
	address := freePort(t)
	config := write(t, dir, "config.yaml", fmt.Sprintf("sources: [{name: proxy, files: [%q]}]\nmetrics: {windows: []}\nstate: {directory: %q}\nweb: {listen: [%q]}\n",
		write(t, dir, "a.log", ""), filepath.Join(dir, "state"), address))
	start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, address)
	scrape := func(query string) (packed int, series []string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", query, resp.Status, err)
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || !strings.HasSuffix(string(text), "# EOF\n") {
			t.Fatalf("%s: %v, ends with %.20q", query, err, text[max(0, len(text)-20):])
		}
		return len(body), regexp.MustCompile(`(?m)^[a-z].*$`).FindAllString(string(text), -1)
	}
	packed, all := scrape("")
	if len(all) > 450 || packed > 6*1024 {
		t.Errorf("%d series in %d bytes, want at most 450 in 6 kB", len(all), packed)
	}
	parts := 0
	for _, group := range []string{"codes", "rates", "requests", "alerts", "sources", "ignored", "daemon"} {
		_, series := scrape("?collect[]=" + group)
		parts += len(series)
	}
	if parts != len(all) {
		t.Errorf("the groups have %d series, all together %d", parts, len(all))
	}
	if _, series := scrape("?collect[]=requests&collect[]=codes&collect[]=codes"); len(series) != 4+3*97 {
		t.Errorf("%d series of requests and codes", len(series))
	}
	resp, err := http.Get("http://" + address + "/metrics?collect[]=code")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), `unknown group "code"`) {
		t.Errorf("an unknown group: %s %s", resp.Status, text)
	}
}
