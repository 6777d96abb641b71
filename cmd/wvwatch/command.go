package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// usageError is an error in the command line itself: exit status 2.
type usageError struct{ error }

// Unwrap returns the wrapped error, for errors.Is.
func (e usageError) Unwrap() error { return e.error }

// interruptible returns run so that it ends as soon as the context of the command
// is done, with the reason of it: the input may be a device, a pipe or a file system
// that does not answer. run goes on until the process ends; therefore it is
// for commands that only read.
func interruptible(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		done := make(chan error, 1)
		go func() { done <- run(cmd, args) }()
		select {
		case err := <-done:
			return err
		case <-cmd.Context().Done():
			return context.Cause(cmd.Context())
		}
	}
}

// atLeastOne wants an argument, which the usage calls by the given name.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs at least one %s", cmd.Name(), name)
		}
		return nil
	}
}
