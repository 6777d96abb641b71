package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wvwatch/internal/privacy"
)

// planted are private values under the names that logs give them, for the test of
// the whole daemon; internal/privacy plants many more in a record.
var planted = []struct{ key, value string }{
	{"password", "Tr0ub4dor&3"}, {"pwd", "hunter2xyz"}, {"access_token", "q7Zx9Tb2Lm4k"}, {"nv-authorizations", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ6ZXluZXAifQ.SflKxwRJSMeKKF2"},
	{"userName", "zoyelaran84"}, {"customer", "Zeynep Oyelaran"}, {"kunde", "Jürgen Müßig"}, {"email", "zeynep.oyelaran@example.com"}, {"mail", "zeynep%40oyelaran.org"},
	{"phone", "+41 79 123 45 67"}, {"msisdn", "41791234567"}, {"remote_addr", "198.51.100.23"}, {"ip", "2001:db8::7334"}, {"mac", "00:1b:44:11:3a:b7"}, {"deviceId", "9774d56d682e549c"},
	{"card", "4111 1111 1111 1111"}, {"iban", "CH9300762011623852957"}, {"dob", "1984-03-12"}, {"address", "Quigleystrasse 17a"}, {"geo", "47.376887,8.541694"}, {"title", "Breaking Bedlam"},
	{"esn", "NFANDROID2-PRV-7F3A9C"}, {"imei", "490154203237518"}, {"challenge", "CAESvh8KDQ40NjAwNi8rCAESvh8K"}, {"cookie", "sid=zqxjvkbp7"}, {"zzz", "qzwxecrvtb"},
}

const shapesPlanted = 5

// plantedLines writes a value into records of several shapes that report code.
func plantedLines(key, value string, code int) [shapesPlanted]string {
	member := fmt.Sprintf(`{"errorCode":%d,%q:%q,"message":"denied for %s"}`, code, key, value, value)
	inString, err := json.Marshal(member)
	if err != nil {
		panic(err) // a string always encodes
	}
	tenant := "T1"
	if !privacy.LabelValue([]byte(value)) { // else it has the form of a tenant's name
		tenant = url.PathEscape(value)
	}
	return [...]string{
		member,
		fmt.Sprintf(`{"log":%s,"stream":"stderr"}`, inString),
		fmt.Sprintf(`level=warn extra=%d %s="%s" msg=denied`, code, key, value),
		fmt.Sprintf(`2026-11-23 08:26:39 WARN [%s] LicenceError(errorCode=%d, %s=%s)`, value, code, key, value),
		fmt.Sprintf(`POST /%s/wvls/v1/licenses/%s?%s=%s HTTP/1.1" 400 {"errorCode":%d}`, tenant, url.PathEscape(value), key, url.QueryEscape(value), code),
	}
}

// TestNothingPrivateLeavesTheDaemon plants private values in the logs of the real
// binary and looks for them in all that it answers, sends, logs and saves.
func TestNothingPrivateLeavesTheDaemon(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the binary")
	}
	dir := t.TempDir()
	var mu sync.Mutex
	var sent bytes.Buffer
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.Copy(&sent, r.Body)
	}))
	defer receiver.Close()

	var sources strings.Builder
	code, files := 1000, 0
	for i, p := range planted {
		for j := range shapesPlanted {
			name := fmt.Sprintf("s%d-%d", i, j)
			code++
			write(t, dir, name+".log", plantedLines(p.key, p.value, code)[j]+"\n")
			fmt.Fprintf(&sources, "  - {name: %s, files: [%q]}\n", name, filepath.Join(dir, name+".log"))
			files++
		}
	}
	address := freePort(t)
	config := write(t, dir, "config.yaml", fmt.Sprintf(`sources:
%salerts: [{name: Any, match: {drm: [widevine]}, when: {per_minute: 1, over: 1m}, severity: warning}]
metrics: {labels: [tenant]}
notify: {webhook: {urls: [%q]}}
state: {directory: %q, interval: 500ms}
web: {listen: [%q]}
log: {level: debug}
`, sources.String(), receiver.URL, filepath.Join(dir, "state"), address))
	p := start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, address)

	for i, p := range planted { // after the start: a backlog starts no alert
		write(t, dir, fmt.Sprintf("s%d-0.log", i), plantedLines(p.key, p.value, 1001+i*shapesPlanted)[0]+"\n"+plantedLines(p.key, p.value, 4006)[0]+"\n")
	}

	outputs := map[string]string{}
	base := "http://" + address
	eventually(t, "a sample of every record", func() error {
		var all strings.Builder
		n := 0
		for i := range planted {
			for j := range shapesPlanted {
				text := body(t, fmt.Sprintf("%s/api/v1/samples?source=s%d-%d", base, i, j))
				n += strings.Count(text, `"text":`)
				all.WriteString(text)
			}
		}
		outputs["samples"] = all.String()
		if n < files*4/5 { // a few have no number that could be a code
			return fmt.Errorf("%d of %d", n, files)
		}
		return nil
	})
	eventually(t, "a notification", func() error {
		mu.Lock()
		defer mu.Unlock()
		outputs["notifications"] = sent.String()
		if sent.Len() == 0 {
			return fmt.Errorf("nothing sent")
		}
		return nil
	})
	for _, path := range []string{"/", "/metrics", "/api/v1/status", "/api/v1/codes", "/api/v1/series?over=1h", "/api/v1/alerts", "/api/v1/sources", "/api/v1/catalogue"} {
		outputs[path] = body(t, base+path)
	}
	outputs["events"] = firstEvents(t, base+"/api/v1/events")
	stop(t, p, syscall.SIGTERM)
	outputs["log"] = p.Stderr.(*bytes.Buffer).String()
	err := filepath.WalkDir(filepath.Join(dir, "state"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		outputs[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) < 13 {
		t.Fatalf("only %d outputs", len(outputs))
	}
	lookFor(t, outputs)
}

// lookFor fails where an output holds a planted value.
func lookFor(t *testing.T, outputs map[string]string) {
	t.Helper()
	for where, text := range outputs {
		for _, v := range planted {
			escaped, _ := json.Marshal(v.value)
			for _, form := range []string{v.value, strings.Trim(string(escaped), `"`), url.QueryEscape(v.value), url.PathEscape(v.value)} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s: %s %q shows: %s", where, v.key, v.value, text[max(0, at-80):min(len(text), at+80)])
					break
				}
			}
		}
	}
}

func body(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// firstEvents returns what a stream sends in two seconds.
func firstEvents(t *testing.T, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, _ := io.ReadAll(answer.Body) // to the deadline
	if len(text) == 0 {
		t.Fatal("no event")
	}
	return string(text)
}
