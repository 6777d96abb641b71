// Package analyze reads whole log files and reports what they hold: licence requests by
// outcome, codes, ignored numbers, events over time.
package analyze

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"wvwatch/internal/codes"
	"wvwatch/internal/logread"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// Options say how files are read and counted.
type Options struct {
	Source    string // the label of that name
	Parser    parser.Config
	Metrics   metrics.Config
	Catalogue *codes.Catalogue
	Stdin     io.Reader // the file "-"
	Progress  io.Writer // where a terminal shows how far the files are read
}

// Report is what some files hold.
type Report struct {
	metrics.Snapshot
	ledger   *metrics.Ledger
	files    int
	lines    int
	records  int
	overlong int
	minutes  map[int64]int // events by the minute
}

// Lines returns how many lines were read.
func (a *Report) Lines() int { return a.lines }

// Files reads the files, as many at a time as there are processors, each with
// one parser for all of its files. A file that can not be read does not keep the
// others from being reported: the report is there in any case.
func Files(files []string, o Options) (*Report, error) {
	a := &Report{
		ledger:  metrics.New(o.Metrics, o.Catalogue, []string{o.Source}),
		minutes: make(map[int64]int),
	}
	var mu sync.Mutex
	var errs []error
	var read, taken atomic.Int64
	bar := logread.StartProgress(o.Progress, files, &read)
	var g errgroup.Group
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		g.Go(func() error {
			p, err := parser.New(o.Parser, o.Catalogue)
			if err != nil {
				return err
			}
			b := logread.NewScanner(p)
			for {
				n := int(taken.Add(1))
				if n > len(files) {
					return nil
				}
				part := Report{ledger: a.ledger, minutes: make(map[int64]int)}
				err := part.read(p, b, files[n-1], o, &read)
				mu.Lock()
				if err != nil {
					errs = append(errs, err)
				} else {
					a.files++
				}
				a.add(&part)
				mu.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		errs = append(errs, err)
	}
	bar.Stop()
	a.Snapshot = a.ledger.Snapshot(time.Now())
	return a, errors.Join(errs...)
}

func (a *Report) read(p *parser.Parser, b *logread.Scanner, file string, o Options, read *atomic.Int64) error {
	l, err := logread.Open(file, o.Stdin, read)
	if err != nil {
		return err
	}
	defer l.Close()
	p.SetFile(file)
	err = b.Scan(l, func(r *parser.Result, _ int) error {
		a.ledger.Commit(o.Source, time.Now(), r, tailer.Position{})
		a.lines += r.Lines
		a.records += r.Records
		for i := range r.Events {
			if t := r.Events[i].Time; t != 0 {
				a.minutes[t/int64(time.Minute)]++
			}
		}
		return nil
	})
	a.overlong = b.Overlong()
	if err != nil {
		return fmt.Errorf("%s: after %d lines: %w", file, a.lines, err)
	}
	return nil
}

func (a *Report) add(b *Report) {
	a.lines += b.lines
	a.records += b.records
	a.overlong += b.overlong
	for m, n := range b.minutes {
		a.minutes[m] += n
	}
}
