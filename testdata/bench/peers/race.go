package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// race runs the contestants over each corpus in turn, several rounds, so that
// what else the machine does falls on all of them.
func (b *bench) race(ctx context.Context) error {
	contestants := b.contestants()
	idle, err := b.mallocsOfStart(ctx)
	if err != nil {
		return err
	}
	for _, kind := range kinds() {
		c, err := b.corpus(ctx, kind)
		if err != nil {
			return err
		}
		used := make(map[string][]usage)
		for range b.rounds {
			for _, p := range contestants {
				if past := used[p.name]; len(past) > 0 && past[0].wall > b.patience {
					continue
				}
				u, err := p.run(ctx, c)
				if errors.Is(err, errNoCodes) {
					continue
				}
				if err != nil {
					return fmt.Errorf("%s: %s: %w", kind, p.name, err)
				}
				used[p.name] = append(used[p.name], u)
				fmt.Fprintf(b.log, "  %s, %s: %.2f s, %.2f CPU-s\n", kind, p.name, u.wall.Seconds(), u.cpu.Seconds())
			}
		}
		b.printRace(c, contestants, used)
		b.judgeRace(c, used, idle)
	}
	return nil
}

// mallocsOfStart returns how often a daemon allocates that has nothing to read.
func (b *bench) mallocsOfStart(ctx context.Context) (float64, error) {
	d, err := b.follow(ctx, 1, often, filepath.Join(b.dir, "none.log"))
	if err != nil {
		return 0, err
	}
	first, _, err := d.caughtUp(ctx, backlogStep)
	if err != nil {
		return 0, err
	}
	_, err = d.stop()
	return first.sum("go_memstats_mallocs_total"), err
}

func (b *bench) printRace(c corpus, contestants []contestant, used map[string][]usage) {
	lines := c.truth.lines()
	fmt.Fprintf(b.out, "\n| %s, %d bytes a line | lines/s | CPU-s per M lines | lowest-highest | x `wc -l` | mtail x | peak MiB | rounds |\n|---|---|---|---|---|---|---|---|\n",
		c.kind, c.size/int64(lines))
	reference := medianCPU(used[wc])
	for _, p := range contestants {
		runs := used[p.name]
		if len(runs) == 0 {
			continue
		}
		low := slices.MinFunc(runs, byCPU).perMillion(p.copies * lines)
		high := slices.MaxFunc(runs, byCPU).perMillion(p.copies * lines)
		middle := usage{cpu: medianCPU(runs)}.perMillion(p.copies * lines)
		toMtail := "-"
		if peer := used[mtail]; len(peer) > 0 {
			toMtail = fmt.Sprintf("%.1f", usage{cpu: medianCPU(peer)}.perMillion(lines)/middle)
		}
		fmt.Fprintf(b.out, "| %s | %.2f M | %.3f | %.3f-%.3f | %.1f | %s | %.0f | %d |\n", p.name,
			float64(p.copies*lines)/1e6/medianWall(runs).Seconds(), middle, low, high,
			middle/usage{cpu: reference}.perMillion(lines), toMtail, float64(peak(runs))/(1<<20), len(runs))
	}
}

// judgeRace notes what the budgets ask of the race.
func (b *bench) judgeRace(c corpus, used map[string][]usage, idleMallocs float64) {
	one, run := used[analyzing], used[catchingUp]
	b.reached[analyzeOf(c.kind)] = usage{cpu: medianCPU(one)}.perMillion(c.truth.lines())
	b.reached[runOf(c.kind)] = 100 * medianCPU(one).Seconds() / medianCPU(run).Seconds()
	b.reached[allocationsOf(c.kind)] = max(0, b.allocations[c.kind]-idleMallocs) / float64(c.truth.lines())
	b.reached[peakMemory] = max(b.reached[peakMemory], float64(max(peak(one), peak(run), peak(used[two])))/(1<<20))
	if c.kind == "json" {
		b.reached[twoFiles] = 2 * medianWall(one).Seconds() / medianWall(used[two]).Seconds()
	}
}

func byCPU(a, b usage) int { return cmp.Compare(a.cpu, b.cpu) }

func medianCPU(runs []usage) time.Duration {
	return median(runs, func(u usage) time.Duration { return u.cpu })
}

func medianWall(runs []usage) time.Duration {
	return median(runs, func(u usage) time.Duration { return u.wall })
}

func peak(runs []usage) int64 {
	return slices.MaxFunc(runs, func(a, b usage) int { return cmp.Compare(a.peak, b.peak) }).peak
}

// median returns the middle of the values, the lower one of two.
func median[T any](all []T, value func(T) time.Duration) time.Duration {
	var values []time.Duration
	for _, v := range all {
		values = append(values, value(v))
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
