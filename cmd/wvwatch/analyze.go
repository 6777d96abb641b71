package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/logread"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

func newAnalyzeCmd() *cobra.Command {
	var format, configFile, source string
	cmd := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "Read log files to their end and report what they hold",
		Long: `Reads log files (plain, gzip or zstd; "-" for standard input) to their end and
reports the licence requests by outcome and the extra codes by drm and code.`,
		Example: `  wvwatch analyze /var/log/licence-proxy/access.log*
  zcat old.log.gz | wvwatch analyze --format json -`,
		Args: atLeastOne("FILE"),
		RunE: interruptible(func(cmd *cobra.Command, files []string) error {
			write, ok := map[string]func(io.Writer, *analysis) error{"text": writeText, "json": writeJSON, "prometheus": writeExposition}[format]
			if !ok {
				return usageError{fmt.Errorf("unknown format %q: one of text, json, prometheus", format)}
			}
			cfg, cat, err := readerSetup(configFile, source)
			if err != nil {
				return err
			}
			if source == "" {
				source = config.FilesSource
			}
			counted := metrics.Default()
			if format == "prometheus" { // the other formats add labels up
				rules, err := ruleSetup(configFile)
				if err != nil {
					return err
				}
				counted = rules.Metrics
			}
			a, failed := analyze(cmd, files, source, cfg, counted, cat)
			if a.lines == 0 && failed != nil {
				return failed
			}
			return errors.Join(write(cmd.OutOrStdout(), a), failed)
		}),
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json or prometheus")
	cmd.Flags().StringVar(&configFile, "config", "", "read the files as a source of this configuration file does")
	cmd.Flags().StringVar(&source, "source", "", "name of that source, and of the label")
	return cmd
}

// analysis is what some files hold.
type analysis struct {
	metrics.Snapshot
	ledger   *metrics.Ledger
	files    int
	lines    int
	records  int
	overlong int
	minutes  map[int64]int // events by the minute
}

// analyze reads the files, as many at a time as there are processors, each with
// one parser for all of its files. A file that can not be read does not keep the
// others from being reported.
func analyze(cmd *cobra.Command, files []string, source string, cfg parser.Config, counted metrics.Config, cat *codes.Catalogue) (*analysis, error) {
	a := &analysis{
		ledger:  metrics.New(counted, cat, []string{source}),
		minutes: make(map[int64]int),
	}
	var mu sync.Mutex
	var errs []error
	var read, taken atomic.Int64
	bar := logread.StartProgress(cmd.ErrOrStderr(), files, &read)
	var g errgroup.Group
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		g.Go(func() error {
			p, err := parser.New(cfg, cat)
			if err != nil {
				return err
			}
			b := logread.NewScanner(p)
			for {
				n := int(taken.Add(1))
				if n > len(files) {
					return nil
				}
				part := analysis{ledger: a.ledger, minutes: make(map[int64]int)}
				err := part.read(p, b, files[n-1], cmd.InOrStdin(), source, &read)
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

func (a *analysis) read(p *parser.Parser, b *logread.Scanner, file string, stdin io.Reader, source string, read *atomic.Int64) error {
	l, err := logread.Open(file, stdin, read)
	if err != nil {
		return err
	}
	defer l.Close()
	p.SetFile(file)
	err = b.Scan(l, func(r *parser.Result, _ int) error {
		a.ledger.Commit(source, time.Now(), r, tailer.Position{})
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

func (a *analysis) add(b *analysis) {
	a.lines += b.lines
	a.records += b.records
	a.overlong += b.overlong
	for m, n := range b.minutes {
		a.minutes[m] += n
	}
}

// writeExposition writes the counts as a scrape of the daemon would show them.
func writeExposition(w io.Writer, a *analysis) error {
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(metrics.NewCollector(a.ledger, metrics.CollectorOptions{Final: true}))
	families, err := reg.Gather()
	if err != nil {
		return err
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return nil
}
