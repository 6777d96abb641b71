// Package demo shows wvwatch on the logs of a made-up video service with two
// incidents: it writes them, and runs the real daemon on them.
//
// It promises that everything it writes is in one temporary directory, which is gone
// when Run returns.
package demo

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

	"golang.org/x/sync/errgroup"

	"wvwatch/internal/config"
	"wvwatch/internal/daemon"
	"wvwatch/internal/web"
)

// configuration is as a user would write it. Its rules are quicker
// to forget than the default ones, so that a whole incident passes in a minute.
const configuration = `sources:
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
  - name: player-tv
    http: {listen: "PUSH"}
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
web: {listen: ["LISTEN"]}
`

// Options configure the demo.
type Options struct {
	Listen string // host:port of the page; empty for the default one, or a free port where that is taken
	Stack  bool   // run Prometheus and Alertmanager too
	Stdout io.Writer
	Stderr io.Writer // errors of the daemon
	Build  daemon.Build
}

// Run runs the demo until ctx is done.
func Run(ctx context.Context, o Options) error {
	dir, err := os.MkdirTemp("", "wvwatch-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what can not be removed is for the system's own clean-up
	var with programs
	listen := o.Listen
	if listen == "" {
		listen = freeAddress(web.DefaultListen)
	}
	push := freeAddress("127.0.0.1:9478")
	text := strings.NewReplacer("DIR", dir, "LISTEN", listen, "PUSH", push).Replace(configuration)
	if o.Stack {
		if with, err = newPrograms(dir); err != nil {
			return err
		}
		text += with.config()
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	traffic, err := newTraffic(dir, "http://"+push+"/ingest", time.Now())
	if err != nil {
		return err
	}
	show := &screen{w: o.Stdout}
	d, err := daemon.New(daemon.Options{
		Load:   func() (*config.Config, error) { return config.Load(file, nil) },
		File:   file,
		Log:    slog.New(slog.NewTextHandler(o.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), // the screen shows the rest
		Alerts: show.transitions,
		Build:  o.Build,
	})
	if err != nil {
		return err
	}
	url := d.URLs()[0]
	fmt.Fprintf(o.Stdout, `wvwatch demo: a made-up video service, watched by the real daemon

  page          %s/
  metrics       %s/metrics
%s  logs          %s (five sources, with a day in them)
  push          http://%s/ingest (a sixth: televisions send their errors by HTTP)
  configuration %s

At 0:10 the key manager fails for 20 s; at 0:50 the subscriptions of one tenant expire.
Ctrl-C ends it and removes %s.

`, url, url, with.addresses(), dir, push, file, dir)

	var g errgroup.Group
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if o.Stack {
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
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return address // the daemon reports why it can not be used
		}
		address = l.Addr().String()
	}
	_ = l.Close() // nothing was accepted
	return address
}
