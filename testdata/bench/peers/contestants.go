package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// contestant is a program in the race. Its run reads a corpus so many times over
// and returns an error where what it found is not the truth.
type contestant struct {
	name   string
	copies int
	run    func(context.Context, corpus) (usage, error)
}

// The names of the contestants that others are compared with.
const (
	wc         = "`wc -l`"
	analyzing  = "`wvwatch analyze`, one core"
	two        = "`wvwatch analyze`, two files, two cores"
	catchingUp = "`wvwatch run` catching up, one core"
	mtail      = "mtail, told the pattern"
)

// contestants returns who takes part. A program that is not installed is reported
// and left out.
func (b *bench) contestants() []contestant {
	all := []contestant{
		{wc, 1, b.runWC},
		{"blocks of 1 MiB, nothing else", 1, b.runBlocks},
		{analyzing, 1, b.runAnalyze(1)},
		{two, 2, b.runAnalyze(2)},
		{catchingUp, 1, b.runDaemon},
	}
	if _, err := exec.LookPath("mtail"); err != nil {
		fmt.Fprintln(b.out, "\nmtail is not installed here: left out.")
	} else {
		all = append(all, contestant{mtail, 1, b.runMtail("mtail")})
	}
	if program := b.peer("mtail"); program != "" {
		all = append(all, contestant{"the newest mtail, told the pattern", 1, b.runMtail(program)})
	}
	if program := b.peer("collector"); program != "" {
		all = append(all, contestant{"OpenTelemetry Collector, told the pattern", 1, b.runCollector(program)})
	}
	return all
}

// peer returns the program of a name in the folder of those that are built from source,
// or "" where it is not.
func (b *bench) peer(name string) string {
	program, err := exec.LookPath(filepath.Join(b.peers, name))
	if err != nil {
		return ""
	}
	return program
}

func (b *bench) runWC(ctx context.Context, c corpus) (usage, error) {
	p, err := startProcess(ctx, 1, "wc", "-l", c.file)
	if err != nil {
		return usage{}, err
	}
	u, err := p.wait()
	if err == nil && !strings.HasPrefix(strings.TrimSpace(p.stdout.String()), strconv.Itoa(c.truth.lines())+" ") {
		err = fmt.Errorf("wc counts %q", p.stdout.String())
	}
	return u, err
}

// blockReader is the word that makes this program the bare reader of a file: what
// no program in Go can be faster than.
const blockReader = "blocks"

func readBlocks(file string, stdout io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	n := 0
	for block := make([]byte, 1<<20); ; {
		m, err := f.Read(block)
		n += m
		if errors.Is(err, io.EOF) {
			_, err := fmt.Fprintln(stdout, n)
			return err
		}
		if err != nil {
			return err
		}
	}
}

func (b *bench) runBlocks(ctx context.Context, c corpus) (usage, error) {
	reader := filepath.Join(b.dir, "peers")
	if _, err := os.Stat(reader); err != nil {
		if err := goBuild(ctx, reader, "wvwatch/testdata/bench/peers"); err != nil {
			return usage{}, err
		}
	}
	p, err := startProcess(ctx, 1, reader, blockReader, c.file)
	if err != nil {
		return usage{}, err
	}
	u, err := p.wait()
	if err == nil && strings.TrimSpace(p.stdout.String()) != strconv.FormatInt(c.size, 10) {
		err = fmt.Errorf("read %s of %d bytes", p.stdout.String(), c.size)
	}
	return u, err
}

func (b *bench) runAnalyze(copies int) func(context.Context, corpus) (usage, error) {
	return func(ctx context.Context, c corpus) (usage, error) {
		args := []string{"analyze", "--format", "json"}
		for range copies {
			args = append(args, c.file)
		}
		p, err := startProcess(ctx, copies, b.wvwatch, args...)
		if err != nil {
			return usage{}, err
		}
		u, err := p.wait()
		if err != nil {
			return u, err
		}
		got, err := readReport(p.stdout.Bytes())
		if err != nil {
			return u, err
		}
		return u, got.differs(c.truth.times(copies))
	}
}

// runDaemon follows the corpus from an empty state. Wall and processor time end
// with the first scrape; peak memory is that of the whole run.
func (b *bench) runDaemon(ctx context.Context, c corpus) (usage, error) {
	d, err := b.follow(ctx, 1, often, c.file)
	if err != nil {
		return usage{}, err
	}
	first, took, err := d.caughtUp(ctx, backlogStep)
	if err != nil {
		return usage{}, err
	}
	cpu, err := d.cpu()
	if err != nil {
		return usage{}, err
	}
	if err := d.counted(ctx, c.truth); err != nil {
		return usage{}, err
	}
	b.allocations[c.kind] = first.sum("go_memstats_mallocs_total")
	whole, err := d.stop()
	return usage{cpu: cpu, wall: took, peak: whole.peak}, err
}

//go:embed codes.mtail
var mtailProgram []byte

// mtailArgs returns arguments of an mtail that reads a file.
func (b *bench) mtailArgs(file string) ([]string, error) {
	dir := filepath.Join(b.dir, "mtail")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "codes.mtail"), mtailProgram, 0o644); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	return []string{"-progs", dir, "-logs", file, "-address", host, "-port", port, "-logtostderr"}, err
}

func (b *bench) runMtail(program string) func(context.Context, corpus) (usage, error) {
	return func(ctx context.Context, c corpus) (usage, error) {
		args, err := b.mtailArgs(c.file)
		if err != nil {
			return usage{}, err
		}
		p, err := startProcess(ctx, 1, program, append(args, "-one_shot", "-one_shot_format", "prometheus")...)
		if err != nil {
			return usage{}, err
		}
		u, err := p.wait()
		if err != nil {
			return u, err
		}
		got := make(counts)
		exposition(bytes.TrimSpace(p.stdout.Bytes())).each("extras", func(labels map[string]string, value float64) {
			got["code "+labels["code"]] += int(value)
		})
		return u, got.differs(c.truth.codes())
	}
}
