// Command wvwatch follows logs, counts the extra codes that DRM licence servers
// put into them, exports the counts to Prometheus and raises alerts.
//
// This package is the process edge: signals, standard streams, exit status, the
// command line and what commands print; one file for each command. The programs are
// the packages daemon, replay, ruletest and demo under internal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// From the first signal on the system's own answer to one is back: a second
	// kills a stop that takes too long.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit status. It may be called
// many times in one process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitFine
	}
	complain(stderr, err)
	if usage := (usageError{}); errors.As(err, &usage) {
		fmt.Fprintf(stderr, "run \"%s --help\" for how it is used\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailed
}

// complain writes err to w, each line of it with the program's name before it.
func complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "wvwatch: %s\n", line)
	}
}
