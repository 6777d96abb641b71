package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// latency measures how long after its line was written a count is on
// /metrics, for a scraper that asks without a pause.
func (b *bench) latency(ctx context.Context) error {
	file := filepath.Join(b.dir, "latency.log")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	d, err := b.follow(ctx, 2, seldom, file)
	if err != nil {
		return err
	}
	last, _, err := d.caughtUp(ctx, backlogStep)
	if err != nil {
		return err
	}
	const path = "POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1"
	fmt.Fprintf(b.out, "\n| written line to count, %d lines | median, s | slowest, s |\n|---|---|---|\n", b.samples)
	for _, kind := range []struct {
		name string
		line func(time.Time) string
	}{
		{"json", func(t time.Time) string {
			return t.Format(`{"@timestamp":"`+time.RFC3339+`","request":"`) + path + `","status":400,"resp_body":"{\"errorCode\":4006,\"message\":\"Token already played.\"}"}`
		}},
		{"text", func(t time.Time) string {
			return `10.0.0.1 - - [` + t.Format("02/Jan/2006:15:04:05 -0700") + `] "` + path + `" 400 69 xerr="{\x22errorCode\x22: 4006, \x22message\x22: \x22Token already played.\x22}"`
		}},
	} {
		var took []time.Duration
		for i := range b.samples {
			// Lines come at times that are no multiple of anything the daemon does.
			if err := pause(ctx, time.Duration(100+37*i%200)*time.Millisecond); err != nil {
				return err
			}
			before := last.sum("drm_extras_total")
			written := time.Now()
			if _, err := fmt.Fprintln(out, kind.line(written)); err != nil {
				return err
			}
			for last.sum("drm_extras_total") == before {
				if last, err = d.scrape(ctx); err != nil {
					return err
				}
				if time.Since(written) > 10*time.Second {
					return fmt.Errorf("a %s line is not counted after ten seconds", kind.name)
				}
			}
			took = append(took, time.Since(written))
		}
		middle, slowest := median(took, same), took[0]
		for _, t := range took {
			slowest = max(slowest, t)
		}
		b.reached[latencyOf(kind.name)] = middle.Seconds()
		fmt.Fprintf(b.out, "| %s | %.3f | %.3f |\n", kind.name, middle.Seconds(), slowest.Seconds())
	}
	_, err = d.stop()
	return err
}

func same(d time.Duration) time.Duration { return d }

// scrape measures a scrape of four sources that have read a corpus each, and the
// checkpoint of them while one is written on.
func (b *bench) scrape(ctx context.Context) error {
	var patterns []string
	var dense corpus
	for _, kind := range kinds() {
		c, err := b.corpus(ctx, kind)
		if err != nil {
			return err
		}
		patterns = append(patterns, c.file)
		if kind == "dense" {
			dense = c
		}
	}
	live := filepath.Join(b.dir, "live-noise.log")
	if err := os.WriteFile(live, nil, 0o644); err != nil {
		return err
	}
	patterns[len(patterns)-1] = filepath.Join(b.dir, "{,live-}noise.log")
	d, err := b.follow(ctx, 2, often, patterns...)
	if err != nil {
		return err
	}
	if _, _, err := d.caughtUp(ctx, backlogStep); err != nil {
		return err
	}
	var took, checkpoints []time.Duration
	var last exposition
	for range b.samples {
		began := time.Now()
		if last, err = d.scrape(ctx); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}

	writing, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- dense.writeSteadily(writing, live, 500) }()
	for range 5 {
		if err := pause(ctx, 1100*time.Millisecond); err != nil { // one a second is written
			return err
		}
		if last, err = d.scrape(ctx); err != nil {
			return err
		}
		checkpoints = append(checkpoints, time.Duration(last.sum("wvwatch_checkpoint_duration_seconds")*float64(time.Second)))
	}
	stop()
	if err := <-done; err != nil {
		return err
	}
	if _, err := d.stop(); err != nil {
		return err
	}

	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(last)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.reached[scrapeTime], b.reached[scrapeSize] = ms(median(took, same)), float64(len(last))/1e6
	b.reached[checkpointTime] = ms(median(checkpoints, same))
	fmt.Fprintf(b.out, "\nA scrape of four sources takes %.1f ms (median of %d) and is %d kB, %d kB as gzip. A checkpoint of them takes %.1f ms (median of %d; fsync included) and is %.0f kB.\n",
		ms(median(took, same)), len(took), len(last)/1000, packed.Len()/1000,
		ms(median(checkpoints, same)), len(checkpoints), last.sum("wvwatch_checkpoint_size_bytes")/1000)
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// start measures the time from the start of the process to its first scrape.
func (b *bench) start(ctx context.Context) error {
	var took []time.Duration
	for range min(b.samples, 10) {
		d, err := b.follow(ctx, 2, seldom, filepath.Join(b.dir, "none.log"))
		if err != nil {
			return err
		}
		_, t, err := d.caughtUp(ctx, 2*time.Millisecond)
		_, stopped := d.stop()
		if err := errors.Join(err, stopped); err != nil {
			return err
		}
		took = append(took, t)
	}
	b.reached[startTime] = ms(median(took, same))
	fmt.Fprintf(b.out, "\nFrom the start of the process to its first scrape it takes %.0f ms (median of %d).\n", ms(median(took, same)), len(took))
	return nil
}

// binary measures the size of the program, as built and without its symbols.
func (b *bench) binary(ctx context.Context) error {
	stripped := filepath.Join(b.dir, "stripped")
	if err := goBuild(ctx, stripped, "wvwatch/cmd/wvwatch", "-ldflags=-s -w"); err != nil {
		return err
	}
	plain, err := os.Stat(b.wvwatch)
	if err != nil {
		return err
	}
	small, err := os.Stat(stripped)
	if err != nil {
		return err
	}
	b.reached[binarySize] = float64(plain.Size()) / 1e6
	fmt.Fprintf(b.out, "\nThe binary is %.1f MB, %.1f MB without symbols (-s -w).\n", float64(plain.Size())/1e6, float64(small.Size())/1e6)
	return nil
}
