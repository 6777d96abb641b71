package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// profile prints where a daemon that catches up on each corpus spends its time.
func (b *bench) profile(ctx context.Context) error {
	for _, kind := range kinds() {
		c, err := b.corpus(ctx, kind)
		if err != nil {
			return err
		}
		file := filepath.Join(b.dir, kind+".pprof")
		if err := b.record(ctx, c, file); err != nil {
			return err
		}
		top, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount=15", b.wvwatch, file).Output()
		if err != nil {
			return fmt.Errorf("pprof: %w", err)
		}
		fmt.Fprintf(b.out, "\nThe profile of `run` catching up on %s:\n\n```\n%s```\n", kind, top)
	}
	return nil
}

// record writes the profile of a daemon that catches up on a corpus. It ends well
// after the daemon has, for an idle one adds nothing to it.
func (b *bench) record(ctx context.Context, c corpus, file string) error {
	d, err := b.follow(ctx, 1, seldom, c.file)
	if err != nil {
		return err
	}
	const seconds = 6
	var answer *http.Response
	for { // until the daemon listens
		answer, err = d.client.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", d.address, seconds))
		if err == nil {
			break
		}
		if time.Since(d.started) > 10*time.Second {
			return err
		}
		if err := pause(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	_, err = d.stop()
	return err
}
