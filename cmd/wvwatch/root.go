package main

import (
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
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	blameUsage(root)
	return root
}

// oneCommand refuses what is no command, and names the nearest one.
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
