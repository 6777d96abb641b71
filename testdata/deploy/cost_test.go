package deploy

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
)

// A daemon with the configuration of the chart and one idle source exports few
// series: 500 of them are one Prometheus's.
func TestCostOfAnIdleSource(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"logs", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "logs/proxy.log"), []byte("started\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var config string
	for _, o := range shapes(t)["library"] {
		if c, ok := o.(*core.ConfigMap); ok {
			config = strings.ReplaceAll(c.Data["config.yaml"], "/logs/", dir+"/logs/")
		}
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	text, size := exposition(t, file, nil, dir+"/state", "wvwatch_build_info")
	series := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			series++
		}
	}
	t.Logf("%d series, %d bytes compressed", series, size)
	// The digits of the daemon's own series move the size by some bytes: the bound is 6 KiB.
	if series > 450 || size > 6<<10 {
		t.Errorf("%d series, %d bytes compressed: more than 450 or 6 KiB", series, size)
	}
	if want := `drm_extras_total{category="key-manager",code="6007",drm="widevine"`; !strings.Contains(text, want) {
		t.Errorf("the first event of a code would not be seen: no %s", want)
	}
}

// exposition runs the daemon, as user if that is not nil, until it exports what is
// wanted, and returns all that it exports, and how many bytes that is compressed.
func exposition(t *testing.T, config string, user *syscall.Credential, state, want string) (text string, size int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var log strings.Builder
	cmd := exec.CommandContext(ctx, buildProgram(t), "run", "--config", config)
	cmd.Env = append(os.Environ(), "NODE_NAME=node-1", "POD_NAME=pod-1", "POD_NAMESPACE=drm", "WVWATCH_WEB_LISTEN="+address, "WVWATCH_STATE_DIRECTORY="+state)
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was interrupted
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if text, size, err = scrape(ctx, address); err == nil && strings.Contains(text, want) {
			return text, size
		}
	}
	t.Errorf("the daemon does not export %s (%v)", want, err)
	return text, size
}

// scrape returns the exposition of a daemon that is ready, and how many bytes it
// takes compressed.
func scrape(ctx context.Context, address string) (text string, size int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Accept-Encoding", "gzip") // by hand: the body stays compressed
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("status %s", resp.Status)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", 0, err
	}
	plain, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		return "", 0, err
	}
	all, err := io.ReadAll(plain)
	return string(all), len(body), err
}

// buildProgram builds wvwatch and returns its path.
func buildProgram(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "wvwatch")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", binary, "./cmd/wvwatch").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dir := range []string{filepath.Dir(binary), filepath.Dir(filepath.Dir(binary))} { // made for its owner alone
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return binary
}
