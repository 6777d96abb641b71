package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// newRootCmd returns the whole command tree, new each time.
func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:   "wvwatch",
		Short: "Count DRM licence server codes in logs, export them, raise alerts",
		Long: `wvwatch follows the logs of players and licence proxies, recognises the extra codes
of DRM licence servers in them, counts each line exactly once, exports the counts
to Prometheus and raises alerts.`,
		Example: `  wvwatch demo
  wvwatch run '/var/log/licence-proxy/*.log'
  wvwatch explain 4025`,
		Args:                       oneCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Version:                    thisBuild().Version,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
	}
	root.AddCommand(
		newRunCmd(),
		newAnalyzeCmd(),
		newParseCmd(),
		newExplainCmd(),
		newCodesCmd(),
		newCheckCmd(),
		newDemoCmd(),
		newReplayCmd(),
		newTestCmd(),
		newRulesCmd(),
		newDashboardCmd(),
		newVersionCmd(),
	)
	root.AddCommand(moreCmds()...)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion": // which prints its help for an unknown shell
			cmd.Args = oneCommand
			cmd.RunE = func(cmd *cobra.Command, _ []string) error {
				return usageError{errors.New("completion needs the name of a shell: bash, fish, powershell or zsh")}
			}
		case "help":
			cmd.Args = topic
		}
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	blameUsage(root)
	return root
}

// oneCommand returns an error for an unknown command, with the nearest one.
func oneCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w, did you mean %s?", err, strings.Join(near, " or "))
	}
	return usageError{err}
}

// topic returns an error for an unknown help topic.
func topic(cmd *cobra.Command, args []string) error {
	if found, rest, err := cmd.Root().Find(args); err != nil || found == nil || len(rest) > 0 {
		return fmt.Errorf("unknown help topic %q", strings.Join(args, " "))
	}
	return nil
}

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

// blameUsage makes wrong arguments of cmd and all below it usage errors: cobra
// gives them no type of their own.
func blameUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		blameUsage(sub)
	}
}
