package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// settle is how long a daemon is left alone before its cost is measured.
const settle = 3 * time.Second

// idle measures what it costs to follow files in which nothing is written, while
// no client asks for anything.
func (b *bench) idle(ctx context.Context) error {
	c, err := b.corpus(ctx, "json")
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\n| idle for %v | %% of a core | MiB |\n|---|---|---|\n", b.window)
	for _, files := range []int{10, 1000} {
		names, err := b.cut(c, files, int64(files)*30_000)
		if err != nil {
			return err
		}
		d, err := b.follow(ctx, 2, seldom, filepath.Dir(names[0])+"/*.log")
		if err != nil {
			return err
		}
		if _, _, err := d.caughtUp(ctx, backlogStep); err != nil {
			return err
		}
		share, err := d.share(ctx, b.window)
		if err != nil {
			return err
		}
		memory, err := d.resident()
		if err != nil {
			return err
		}
		if _, err := d.stop(); err != nil {
			return err
		}
		b.reached[idleCPU(files)], b.reached[idleMemory(files)] = share, float64(memory)/(1<<20)
		fmt.Fprintf(b.out, "| %d files followed | %.2f | %.0f |\n", files, share, float64(memory)/(1<<20))
	}
	return nil
}

// share returns the part of a core, in percent, that a process used over a window
// that begins when it has settled.
func (p *process) share(ctx context.Context, window time.Duration) (float64, error) {
	if err := pause(ctx, min(settle, window)); err != nil {
		return 0, err
	}
	began := time.Now()
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, window); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// steady measures the cost of a log that is written without haste, next to mtail's.
func (b *bench) steady(ctx context.Context) error {
	c, err := b.corpus(ctx, "json")
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\n| json, steady for %v | %% of a core | MiB |\n|---|---|---|\n", b.window)
	for _, rate := range []int{5_000, 50_000} {
		file := filepath.Join(b.dir, fmt.Sprintf("steady-%d.log", rate))
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return err
		}
		d, err := b.follow(ctx, 2, seldom, file)
		if err != nil {
			return err
		}
		if _, _, err := d.caughtUp(ctx, backlogStep); err != nil {
			return err
		}
		share, memory, err := b.whileWritten(ctx, d.process, c, file, rate)
		if err != nil {
			return err
		}
		// The share is worth nothing where the daemon did not keep up.
		last, err := d.scrape(ctx)
		if err != nil {
			return err
		}
		if least := rate * int(b.window.Milliseconds()) / 1000 * 9 / 10; last.counts().lines() < least {
			return fmt.Errorf("%d lines read, at least %d were written", last.counts().lines(), least)
		}
		if _, err := d.stop(); err != nil {
			return err
		}
		b.reached[steadyCPU(rate)] = share
		fmt.Fprintf(b.out, "| `wvwatch run`, %d lines/s | %.2f | %.0f |\n", rate, share, float64(memory)/(1<<20))

		if _, err := exec.LookPath("mtail"); err != nil {
			continue
		}
		args, err := b.mtailArgs(file)
		if err != nil {
			return err
		}
		p, err := startProcess(ctx, 2, "mtail", args...)
		if err != nil {
			return err
		}
		share, memory, err = b.whileWritten(ctx, p, c, file, rate)
		if err := errors.Join(err, p.cmd.Process.Kill()); err != nil {
			return err
		}
		_ = p.cmd.Wait() // it was killed
		fmt.Fprintf(b.out, "| mtail, %d lines/s | %.2f | %.0f |\n", rate, share, float64(memory)/(1<<20))
	}
	return nil
}

// whileWritten returns the share of a core that a process uses while a file is
// written that it follows, and its memory.
func (b *bench) whileWritten(ctx context.Context, p *process, c corpus, file string, rate int) (share float64, memory int64, err error) {
	writing, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- c.writeSteadily(writing, file, rate) }()
	share, err = p.share(ctx, b.window)
	if err == nil {
		memory, err = p.resident()
	}
	stop()
	return share, memory, errors.Join(err, <-done)
}

// writeSteadily appends lines of the corpus to a file until ctx ends, a hundred
// times a second, as a server does that buffers its log.
func (c corpus) writeSteadily(ctx context.Context, file string, rate int) error {
	in, err := c.endless()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, written := time.Now(), 0
	for block := []byte(nil); ; block = block[:0] {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * float64(rate)); written < due; written++ {
			line, err := in.next()
			if err != nil {
				return err
			}
			block = append(block, line...)
		}
		if _, err := out.Write(block); err != nil {
			return err
		}
	}
}
