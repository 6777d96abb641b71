package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// linear shows that cost grows with bytes, and little with files: more or less of
// the json corpus in one file, and a third of it in more and more files.
func (b *bench) linear(ctx context.Context) error {
	c, err := b.corpus(ctx, "json")
	if err != nil {
		return err
	}
	sizes := []struct {
		files int
		bytes int64
	}{{1, c.size / 10}, {1, c.size}, {1, c.size / 3}, {10, c.size / 3}, {1000, c.size / 3}}
	if b.large {
		sizes = append(sizes, sizes[1])
		sizes[len(sizes)-1].bytes *= 10
	}
	fmt.Fprint(b.out, "\n| json read | `analyze`, CPU-s per GB | peak MiB | `run`, CPU-s per GB | peak MiB |\n|---|---|---|---|---|\n")
	for _, s := range sizes {
		files, err := b.cut(c, s.files, s.bytes)
		if err != nil {
			return err
		}
		dir := filepath.Dir(files[0])
		p, err := startProcess(ctx, 1, b.wvwatch, append([]string{"analyze", "--format", "json"}, files...)...)
		if err != nil {
			return err
		}
		once, err := p.wait()
		if err != nil {
			return err
		}
		report, err := readReport(p.stdout.Bytes())
		if err != nil {
			return err
		}
		d, err := b.follow(ctx, 1, often, dir+"/*.log")
		if err != nil {
			return err
		}
		if _, _, err := d.caughtUp(ctx, backlogStep); err != nil {
			return err
		}
		cpu, err := d.cpu()
		if err != nil {
			return err
		}
		if err := d.counted(ctx, report); err != nil {
			return fmt.Errorf("run and analyze disagree on %d files: %w", s.files, err)
		}
		daemon, err := d.stop()
		if err != nil {
			return err
		}
		gb := float64(s.bytes) / 1e9
		fmt.Fprintf(b.out, "| %.2f GB in %d files | %.2f | %.0f | %.2f | %.0f |\n", gb, s.files,
			once.cpu.Seconds()/gb, float64(once.peak)/(1<<20), cpu.Seconds()/gb, float64(daemon.peak)/(1<<20))
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}
