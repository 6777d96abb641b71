// Command fleet proves the claims of docs/fleet.md on many daemons: it serves the series of many synthetic daemons, has a real
// Prometheus scrape and judge them with the shipped rules, lets all plays of a few daemons fail, and reports when the rule over the
// sum of all daemons fires, whether each daemon alone would have been silent, and how long the queries of the dashboards take.
// Everything listens on loopback.
//
//	go run ./testdata/fleet -daemons 500 -failing 3
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

func main() {
	p := proof{}
	flag.IntVar(&p.daemons, "daemons", 500, "synthetic daemons, a port each")
	flag.IntVar(&p.failing, "failing", 3, "daemons of which all plays fail")
	flag.DurationVar(&p.pace, "pace", 13*time.Second, "time between two plays of a daemon")
	flag.DurationVar(&p.interval, "interval", 15*time.Second, "of scrapes and rules")
	flag.DurationVar(&p.calm, "calm", 10*time.Minute, "before the outage begins")
	flag.DurationVar(&p.patience, "patience", 3*time.Minute, "how long to wait for the alert")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &p); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p *proof) error {
	if _, err := exec.LookPath("prometheus"); err != nil {
		return errors.New("no prometheus in the path: install Debian's package prometheus")
	}
	dir, err := os.MkdirTemp("", "fleet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	found, err := p.run(ctx, dir)
	if err != nil {
		return err
	}
	found.print(os.Stdout)
	return found.fault()
}
