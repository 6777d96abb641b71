package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"wvwatch/internal/demo"
)

func newDemoCmd() *cobra.Command {
	var listen string
	var length time.Duration
	var stack bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what wvwatch does, on made-up traffic with two incidents",
		Long: `Writes the logs of a small made-up video service into a temporary directory, a day of
them and on, and runs the daemon on them: an outage of the key manager after ten
seconds, a wave of expired subscriptions after fifty. Stops on Ctrl-C and leaves
nothing behind. With --stack a real Prometheus scrapes the daemon and a real
Alertmanager takes its alerts, where they are installed.`,
		Example: `  wvwatch demo
  wvwatch demo --stack`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, length)
				defer cancel()
			}
			return demo.Run(ctx, demo.Options{Listen: listen, Stack: stack, Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(), Build: thisBuild()})
		},
	}
	cmd.Flags().StringVar(&listen, "web.listen-address", "", "listen on `ADDRESS` (default 127.0.0.1:9477, or a free port where that is taken)")
	cmd.Flags().BoolVar(&stack, "stack", false, "run Prometheus and Alertmanager too")
	cmd.Flags().DurationVar(&length, "for", 0, "stop after this long (default: on Ctrl-C)")
	return cmd
}
