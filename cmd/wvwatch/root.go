package main

import (
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
