package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"wvwatch/internal/config"
	"wvwatch/internal/daemon"
)

func newDemoCmd() *cobra.Command {
	var listen string
	var length time.Duration
	var stack bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what wvwatch does, on made-up traffic with two incidents",
		Long: `Writes the logs of a small made-up video service into a temporary directory, a day of
them and on, and runs the daemon on them: an outage of the key manager after ten
seconds, a wave of expired subscriptions after fifty. Stops on Ctrl-C and leaves
nothing behind. With --stack a real Prometheus scrapes the daemon and a real
Alertmanager takes its alerts, where they are installed.`,
		Example: `  wvwatch demo
  wvwatch demo --stack`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, length)
				defer cancel()
			}
			return demo(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), listen, stack)
		},
	}
	cmd.Flags().StringVar(&listen, "web.listen-address", "", "listen on `ADDRESS` (default 127.0.0.1:9477, or a free port where that is taken)")
	cmd.Flags().BoolVar(&stack, "stack", false, "run Prometheus and Alertmanager too")
	cmd.Flags().DurationVar(&length, "for", 0, "stop after this long (default: on Ctrl-C)")
	return cmd
}

// demoConfig is a configuration as a user would write it. Its rules are quicker
// to forget than the default ones, so that a whole incident passes in a minute.
const demoConfig = `sources:
  - name: proxy
    files: ["DIR/proxy/access.log"]
  - name: licence-server
    files: ["DIR/server/pod.log"]
  - name: player-web
    files: ["DIR/web/console.json"]
  - name: player-android
    files: ["DIR/android/player.log"]
  - name: sessions
    files: ["DIR/sessions/ssm.log"]
alerts:
  - name: KeyManagerFailing
    match: {categories: [key-manager]}
    when: {per_minute: 12, over: 30s}
    keep_firing_for: 5s
    severity: critical
  - name: EntitlementRefusalsSpike
    match: {categories: [entitlement]}
    when: {per_minute: 60, over: 30s}
    keep_firing_for: 5s
    severity: warning
state: {directory: "DIR/state"}
`

func demo(ctx context.Context, stdout, stderr io.Writer, listen string, stack bool) error {
	dir, err := os.MkdirTemp("", "wvwatch-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what can not be removed is for the system's own clean-up
	var with demoStack
	text := strings.ReplaceAll(demoConfig, "DIR", dir)
	if stack {
		if with, err = newDemoStack(dir); err != nil {
			return err
		}
		text += with.config()
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if listen == "" {
		listen = freeAddress("127.0.0.1:9477")
	}
	traffic, err := newTraffic(dir, time.Now())
	if err != nil {
		return err
	}
	show := &demoScreen{w: stdout}
	d, err := daemon.New(daemon.Options{
		Load: func() (*config.Config, error) {
			return config.Load(file, config.Override{Path: "web.listen", Text: listen, From: "--web.listen-address"})
		},
		File:   file,
		Log:    slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError})), // the screen tells the rest
		Alerts: show.transitions,
		Build:  thisBuild(),
	})
	if err != nil {
		return err
	}
	url := d.URLs()[0]
	fmt.Fprintf(stdout, `wvwatch demo: a made-up video service, watched by the real daemon

  page          %s/
  metrics       %s/metrics
%s  logs          %s (five sources, with a day in them)
  configuration %s

At 0:10 the key manager fails for 20 s; at 0:50 a wave of subscriptions expires.
Ctrl-C ends it and removes %s.

`, url, url, with.addresses(), dir, file, dir)

	var g errgroup.Group
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if stack {
		g.Go(func() error { defer stop(); return with.run(ctx, url) })
	}
	show.start = time.Now()
	g.Go(func() error { defer stop(); return traffic.run(ctx) })
	g.Go(func() error { defer stop(); return d.Run(ctx) })
	g.Go(func() error { return show.run(ctx, d) })
	return g.Wait()
}

// freeAddress returns address, or one with a free port where it is taken.
func freeAddress(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // nothing was accepted
	return address
}
