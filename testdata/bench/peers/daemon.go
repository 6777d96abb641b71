package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// daemon is a wvwatch run that follows files.
type daemon struct {
	*process
	address string
	client  *http.Client
}

// How often a checkpoint is saved: as by default, or so often that one need not
// wait for it. The count of an unlisted code is exported once it is saved.
const (
	seldom = 5 * time.Second
	often  = time.Second
)

// follow starts a daemon with an empty state and a source for each pattern; but
// for the interval of its checkpoints it is configured as by default.
func (b *bench) follow(ctx context.Context, processors int, interval time.Duration, patterns ...string) (*daemon, error) {
	dir, err := os.MkdirTemp(b.dir, "daemon-")
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	var config strings.Builder
	fmt.Fprintf(&config, "state: {directory: %q, interval: %v}\nweb: {listen: [%q], enable_pprof: true}\nlog: {level: warn}\nsources:\n",
		filepath.Join(dir, "state"), interval, address)
	for i, pattern := range patterns {
		fmt.Fprintf(&config, "- {name: source%d, files: [%q]}\n", i, pattern)
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config.String()), 0o644); err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, processors, b.wvwatch, "run", "--config", file)
	if err != nil {
		return nil, err
	}
	// What is timed are plain scrapes, as a local one would ask for.
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: time.Minute}
	return &daemon{process: p, address: address, client: client}, nil
}

// freeAddress returns an address of this host at which nothing listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

var errNotReady = errors.New("not ready")

// scrape asks for /metrics; errNotReady means that the daemon reads its backlog.
func (d *daemon) scrape(ctx context.Context) (exposition, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.address+"/metrics", nil)
	if err != nil {
		return "", err
	}
	answer, err := d.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errNotReady
	}
	return exposition(text), err
}

// backlogStep is how often it is asked whether a backlog is read: seldom enough
// that answering does not show in the figures.
const backlogStep = 20 * time.Millisecond

// caughtUp asks again and again until the daemon has counted its backlog, and
// returns the first scrape and how long it took from the start of the process.
func (d *daemon) caughtUp(ctx context.Context, step time.Duration) (exposition, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		got, err := d.scrape(ctx)
		took := time.Since(d.started)
		if err == nil {
			return got, took, nil
		}
		if err := pause(ctx, step); err != nil {
			return "", took, fmt.Errorf("daemon does not catch up: %w: %s", err, d.stderr.String())
		}
	}
}

// counted waits until a scrape counts the truth, and returns an error where none
// does: an unlisted code is 0 at first, and its count exported once a checkpoint holds it.
func (d *daemon) counted(ctx context.Context, truth counts) error {
	for end := time.Now().Add(10 * time.Second); ; {
		text, err := d.scrape(ctx)
		if err != nil {
			return err
		}
		wrong := text.counts().differs(truth)
		if wrong == nil || time.Now().After(end) {
			return wrong
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// stop asks the daemon to end and waits until it has.
func (d *daemon) stop() (usage, error) {
	d.client.CloseIdleConnections()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return usage{}, errors.Join(err, d.cmd.Wait())
	}
	return d.wait()
}
