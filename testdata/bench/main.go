// Bench writes log corpora of any size for benchmarks and large tests, always
// the same bytes for the same kind, seed and number of lines, together with the
// truth about them: how often each code and each request outcome occurs in them.
//
//	go run ./testdata/bench -kind json -lines 3500000 -seed 1 -truth json.tsv > json.log
//
// The kinds are access logs of a licence proxy, full of four-digit numbers that
// are no codes, in which one line in twenty reports a code (json, text); records
// that all report one (dense); and application lines that can hold neither a
// code nor a request (noise).
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	kind := flags.String("kind", "json", strings.Join(kinds(), ", "))
	lines := flags.Int("lines", 1_000_000, "lines to write")
	seed := flags.Uint64("seed", 1, "the same seed gives the same bytes")
	truthFile := flags.String("truth", "", "`FILE` for the true counts (what, drm, value, count; tab-separated)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("takes no arguments, got %q: the corpus goes to standard output", flags.Arg(0))
	}
	if *lines < 0 {
		return fmt.Errorf("bad -lines %d: must not be negative", *lines)
	}
	g, err := newGenerator(*kind, *seed)
	if err != nil {
		return err
	}

	out := bufio.NewWriterSize(stdout, 1<<20)
	var line []byte
	for range *lines {
		line = g.appendLine(line[:0])
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if *truthFile == "" {
		return nil
	}
	return os.WriteFile(*truthFile, g.truth.appendTSV(nil), 0o644)
}
