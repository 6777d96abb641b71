package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wvwatch/deploy/grafana"
)

func newDashboardCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "dashboard",
		Short: "Print the Grafana dashboard",
		Long: `Print the dashboard for Grafana, as JSON to import or to provision. It asks for
the data source when it is opened; job, instance, source and licence server are
chosen there.`,
		Example: `  wvwatch dashboard > /etc/grafana/dashboards/wvwatch.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("dashboard takes no arguments, got %q: redirect its output into a file", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), grafana.Dashboard())
			return err
		},
	}
}
