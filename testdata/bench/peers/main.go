// Peers measures the daemon on the corpora of testdata/bench, next to programs
// that do part of its work (wc, a bare block reader) or the same (mtail, a collector), and
// prints Markdown: a table of the race, further figures, and every budget next to
// what was reached. docs/speed.md is made of it.
//
//	go run ./testdata/bench/peers -lines 3500000 -what race,idle,steady > speed.txt
//
// Each program runs as a whole process and is charged what the operating system
// accounts to it. A count that differs from the generator's truth is an error,
// for a fast wrong number is worth nothing. It needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// options are the values of the flags.
type options struct {
	lines    int
	rounds   int
	patience time.Duration
	window   time.Duration
	samples  int
	large    bool
	peers    string // folder of programs that are built from source: mtail, collector
}

// bench is one run of this program.
type bench struct {
	options
	dir     string // of everything that is written
	wvwatch string // the binary that is measured
	reached reached
	// allocations of a daemon from its start until it had read a corpus, by kind
	allocations map[string]float64
	out         io.Writer
	log         io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 2 && args[0] == blockReader {
		return readBlocks(args[1], stdout)
	}
	b := &bench{reached: make(reached), allocations: make(map[string]float64), out: stdout, log: stderr}
	figures := b.figures()
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&b.lines, "lines", 3_500_000, "lines of each corpus")
	flags.IntVar(&b.rounds, "rounds", 5, "rounds of the race")
	flags.DurationVar(&b.patience, "patience", 15*time.Second, "what takes longer than this runs in the first round only")
	flags.DurationVar(&b.window, "window", 30*time.Second, "how long idle and steady cost is measured")
	flags.IntVar(&b.samples, "samples", 50, "lines and scrapes that are timed")
	flags.BoolVar(&b.large, "large", false, "linear reads 10 GB, too")
	flags.StringVar(&b.peers, "peers", "", "`DIR` with newer peers: mtail, collector (go -C testdata/senders build -o DIR/ ./collector)")
	what := flags.String("what", strings.Join(figureNames(figures), ","), "figures to measure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("takes no arguments, got %q", flags.Arg(0))
	}
	if b.lines < 1 || b.rounds < 1 || b.samples < 1 || b.window <= 0 {
		return errors.New("-lines, -rounds, -samples and -window must be positive")
	}
	var wanted []figure
	for _, name := range strings.Split(*what, ",") {
		i := slices.IndexFunc(figures, func(f figure) bool { return f.name == name })
		if i < 0 {
			return fmt.Errorf("unknown figure %q: some of %s", name, strings.Join(figureNames(figures), ", "))
		}
		wanted = append(wanted, figures[i])
	}

	var err error
	if b.dir, err = os.MkdirTemp("", "wvwatch-peers-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.wvwatch = filepath.Join(b.dir, "wvwatch")
	if err := goBuild(ctx, b.wvwatch, "wvwatch/cmd/wvwatch"); err != nil {
		return err
	}
	b.describeMachine(ctx)
	for _, f := range wanted {
		fmt.Fprintf(b.log, "%s: load %s\n", f.name, loadAverage())
		if err := f.measure(ctx); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	b.printBudgets()
	return nil
}

// figure is one thing that is measured.
type figure struct {
	name    string
	measure func(context.Context) error
}

func (b *bench) figures() []figure {
	return []figure{
		{"race", b.race},
		{"idle", b.idle},
		{"steady", b.steady},
		{"latency", b.latency},
		{"scrape", b.scrape},
		{"start", b.start},
		{"binary", b.binary},
		{"linear", b.linear},
		{"shapes", b.odd},
		{"instructions", b.instructions},
		{"profile", b.profile},
	}
}

func figureNames(figures []figure) []string {
	var names []string
	for _, f := range figures {
		names = append(names, f.name)
	}
	return names
}
