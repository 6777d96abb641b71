package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

func newDemoCmd() *cobra.Command {
	var listen string
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what wvwatch does, on made-up traffic with two incidents",
		Long: `Writes the logs of a small made-up video service into a temporary directory and runs
the daemon on them: an outage of the key manager after ten seconds, a wave of
expired subscriptions after fifty. Stops on Ctrl-C and leaves nothing behind.`,
		Example: `  wvwatch demo`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, length)
				defer cancel()
			}
			return demo(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), listen)
		},
	}
	cmd.Flags().StringVar(&listen, "web.listen-address", "", "listen on `ADDRESS` (default 127.0.0.1:9477, or a free port where that is taken)")
	cmd.Flags().DurationVar(&length, "for", 0, "stop after this long (default: on Ctrl-C)")
	return cmd
}

// demoConfig is a configuration as a user would write it. Its rules are quicker
// to forget than the default ones, so that a whole incident passes in a minute.
const demoConfig = `sources:
  - name: proxy
    files: ["DIR/proxy/*.log"]
  - name: player
    files: ["DIR/player/*.log"]
alerts:
  - name: KeyManagerFailing
    match: {categories: [key-manager]}
    when: {per_minute: 12, over: 30s}
    keep_firing_for: 5s
    severity: critical
  - name: EntitlementRefusalsSpike
    match: {categories: [entitlement]}
    when: {per_minute: 120, over: 30s}
    keep_firing_for: 5s
    severity: warning
state: {directory: "DIR/state"}
`

func demo(ctx context.Context, stdout, stderr io.Writer, listen string) error {
	dir, err := os.MkdirTemp("", "wvwatch-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what can not be removed is for the system's own clean-up
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(demoConfig, "DIR", dir)), 0o600); err != nil {
		return err
	}
	if listen == "" {
		listen = freeAddress("127.0.0.1:9477")
	}
	traffic, err := newTraffic(dir)
	if err != nil {
		return err
	}
	show := &demoScreen{w: stdout, start: time.Now()}
	d, err := newDaemon(daemonOptions{
		load: func() (*config.Config, error) {
			return config.Load(file, config.Override{Path: "web.listen", Text: listen, From: "--web.listen-address"})
		},
		file:   file,
		log:    slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError})), // the screen tells the rest
		alerts: show.transitions,
	})
	if err != nil {
		return err
	}
	url := d.server.URLs()[0]
	fmt.Fprintf(stdout, `wvwatch demo: a made-up video service, watched by the real daemon

  page      %s/
  metrics   %s/metrics
  logs      %s/proxy/access.log, %s/player/player.log
  config    %s

At 0:10 the key manager fails for 20 s; at 0:50 a wave of subscriptions expires.
Ctrl-C ends it and removes %s.

`, url, url, dir, dir, file, dir)

	var g errgroup.Group
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g.Go(func() error { defer stop(); return traffic.run(ctx) })
	g.Go(func() error { defer stop(); return d.run(ctx) })
	g.Go(func() error { return show.run(ctx, d) })
	return g.Wait()
}

// freeAddress returns address, or one with a free port where it is taken.
func freeAddress(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // nothing was accepted
	return address
}

// demoScreen tells on the terminal what the daemon sees.
type demoScreen struct {
	w        io.Writer
	start    time.Time
	requests [parser.NumOutcomes]uint64
	codes    map[int]uint64
}

// demoPulse is how often a line is printed.
const demoPulse = 5 * time.Second

func (s *demoScreen) run(ctx context.Context, d *daemon) error {
	tick := time.NewTicker(demoPulse)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			s.line(now, d.ledger.Snapshot(now), d.engine.States())
		}
	}
}

// line prints what was counted since the line before.
func (s *demoScreen) line(now time.Time, snap metrics.Snapshot, states []alert.Status) {
	var requests [parser.NumOutcomes]uint64
	snap.RequestTotals(func(_ string, _ codes.DRM, o parser.Outcome, n uint64) { requests[o] += n })
	fresh := requests
	var total uint64
	for o := range fresh {
		fresh[o] -= s.requests[o]
		total += fresh[o]
	}
	counts, news := map[int]uint64{}, map[int]uint64{}
	snap.Totals(func(t metrics.Total) { counts[t.Entry.Code] += t.Incidents })
	for code, n := range counts {
		if n > s.codes[code] {
			news[code] = n - s.codes[code]
		}
	}
	s.requests, s.codes = requests, counts
	fmt.Fprintf(s.w, "%s  %3d requests, %3d granted", s.clock(now), total, fresh[parser.Granted])
	for _, code := range mostFrequent(news, 4) {
		fmt.Fprintf(s.w, ", %d x %d", news[code], code)
	}
	for _, st := range states {
		if st.State == alert.Firing {
			fmt.Fprintf(s.w, "  FIRING %s", st.Rule)
		}
	}
	fmt.Fprintln(s.w)
}

// transitions prints alerts as they change.
func (s *demoScreen) transitions(changes []alert.Transition) {
	for _, c := range changes {
		fmt.Fprintf(s.w, "%s  *** %s: %s -> %s: %s\n", s.clock(c.At), c.Rule, c.From, c.To, c.Sentence)
	}
}

func (s *demoScreen) clock(now time.Time) string {
	t := int(now.Sub(s.start).Seconds())
	return fmt.Sprintf("%d:%02d", t/60, t%60)
}

// mostFrequent returns the keys with the largest counts, at most n.
func mostFrequent(counts map[int]uint64, n int) []int {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b int) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys[:min(n, len(keys))]
}
