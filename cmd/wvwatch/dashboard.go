package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wvwatch/deploy/grafana"
)

func newDashboardCmd() *cobra.Command {
	names := grafana.Names()
	return &cobra.Command{
		Use:   "dashboard [" + strings.Join(names, "|") + "]",
		Short: "Print a Grafana dashboard",
		Long: `Print a dashboard for Grafana, as JSON to import or to provision: licences (default)
for people on call, or daemon for those who run wvwatch. It asks for the data source
when it is opened; job, cluster and source are chosen there. Panels over all daemons
read what the rules of "wvwatch rules --daemon" record.`,
		Example: `  wvwatch dashboard > /etc/grafana/dashboards/wvwatch-licences.json
  wvwatch dashboard daemon > /etc/grafana/dashboards/wvwatch-daemon.json`,
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && !slices.Contains(names, args[0]) {
				return usageError{fmt.Errorf("unknown dashboard %q: one of %s; redirect the output into a file", strings.Join(args, " "), strings.Join(names, ", "))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := grafana.Dashboard(append(args, names[0])[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
}
