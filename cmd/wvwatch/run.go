package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"wvwatch/internal/config"
	"wvwatch/internal/daemon"
)

func newRunCmd() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "run [FILE...]",
		Short: "Follow logs, export counts to Prometheus, raise alerts",
		Long: `Follows logs until it is told to stop. With files or globs as arguments it needs no
configuration; with --config it reads one, and reads it again on SIGHUP, when the
file changes, and on POST /-/reload where that is enabled. FILE may be a FIFO, and -
is standard input: at its end wvwatch saves and stops, if there is nothing else to
follow. A configuration can also receive logs by HTTP, by syslog and from the journal.

Counts and read positions are kept in the state directory, so that a restart
neither loses a line nor counts one twice.`,
		Example: `  wvwatch run '/var/log/licence-proxy/*.log'
  kubectl logs -f deploy/licence-proxy | wvwatch run -
  wvwatch run --config /etc/wvwatch/config.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			load := func() (*config.Config, error) { return config.Load(file, cmd.Flags()) }
			switch {
			case len(args) > 0 && file != "":
				return usageError{errors.New("FILE and --config are both given: name the files in the configuration")}
			case len(args) > 0:
				load = func() (*config.Config, error) { return config.ForFiles(args, cmd.Flags()) }
			case file == "":
				return usageError{fmt.Errorf("nothing to follow: name FILEs, or a configuration with --config (packages put one at %s)", defaultConfigFile)}
			}
			for { // each daemon leads its group once; one alone runs to its end
				d, err := daemon.New(daemon.Options{Load: load, File: file, Stderr: cmd.ErrOrStderr(), Build: thisBuild()})
				if err != nil {
					return err
				}
				if err := d.Run(cmd.Context()); !errors.Is(err, daemon.ErrDeposed) {
					return err
				}
			}
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // fails only for a flag that does not exist
	config.AddFlags(cmd.Flags())
	return cmd
}
