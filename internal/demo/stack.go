package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// programs is the Prometheus and the Alertmanager that the demo starts; the zero
// value is none.
type programs struct {
	dir                      string
	prometheus, alertmanager string // programs
	scraper, receiver        string // the addresses they listen on
}

// newPrograms finds the programs.
func newPrograms(dir string) (programs, error) {
	s := programs{dir: dir, scraper: freeAddress("127.0.0.1:9090"), receiver: freeAddress("127.0.0.1:9093")}
	const cure = "install them (Debian: apt-get install prometheus prometheus-alertmanager), or run wvwatch demo without --stack"
	var err error
	if s.prometheus, err = exec.LookPath("prometheus"); err != nil {
		return s, errors.New("no prometheus in the path: " + cure)
	}
	for _, name := range []string{"prometheus-alertmanager", "alertmanager"} { // Debian's name, and its own
		if s.alertmanager, err = exec.LookPath(name); err == nil {
			return s, nil
		}
	}
	return s, errors.New("no alertmanager in the path: " + cure)
}

// config returns the part of the daemon's configuration for the stack.
func (s programs) config() string {
	return fmt.Sprintf("notify:\n  alertmanager: {urls: [\"http://%s\"]}\n", s.receiver)
}

// addresses are the lines that the demo prints.
func (s programs) addresses() string {
	if s.dir == "" {
		return ""
	}
	return fmt.Sprintf("  prometheus    http://%s/graph?g0.expr=sum%%20by%%20(category)%%20(rate(drm_extras_total%%5B1m%%5D))%%20%%3E%%200&g0.tab=0&g0.range_input=5m\n  alertmanager  http://%s/\n", s.scraper, s.receiver)
}

// run runs both until ctx is done, or one of them ends.
func (s programs) run(ctx context.Context, daemon string) error {
	scrape, receive := filepath.Join(s.dir, "prometheus.yml"), filepath.Join(s.dir, "alertmanager.yml")
	err := errors.Join(
		os.WriteFile(scrape, fmt.Appendf(nil, "global: {scrape_interval: 2s}\nscrape_configs:\n  - job_name: wvwatch\n    static_configs: [{targets: [%q]}]\n", strings.TrimPrefix(daemon, "http://")), 0o600),
		os.WriteFile(receive, []byte("route: {receiver: page, group_wait: 0s, group_by: [alertname]}\nreceivers: [{name: page}]\n"), 0o600),
	)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.program(ctx, s.prometheus, "--config.file="+scrape, "--storage.tsdb.path="+filepath.Join(s.dir, "prometheus"), "--web.listen-address="+s.scraper, "--log.level=error")
	})
	g.Go(func() error {
		return s.program(ctx, s.alertmanager, "--config.file="+receive, "--storage.path="+filepath.Join(s.dir, "alertmanager"), "--web.listen-address="+s.receiver, "--cluster.listen-address=", "--log.level=error")
	})
	return g.Wait()
}

// program runs one until ctx is done; if it ends early, the error has its output.
func (s programs) program(ctx context.Context, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the demo, which ends it
	said, err := cmd.CombinedOutput()
	if ctx.Err() == nil {
		return fmt.Errorf("%s ended: %w: %s", filepath.Base(path), err, said)
	}
	return nil
}
