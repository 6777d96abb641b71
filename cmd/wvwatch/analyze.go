package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wvwatch/internal/analyze"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
)

func newAnalyzeCmd() *cobra.Command {
	var format, configFile, source string
	cmd := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "Read log files to their end and report what they hold",
		Long: `Reads log files (plain, gzip or zstd; "-" for standard input) to their end and
reports the licence requests by outcome and the extra codes by drm and code.`,
		Example: `  wvwatch analyze /var/log/licence-proxy/access.log*
  zcat old.log.gz | wvwatch analyze --format json -`,
		Args: atLeastOne("FILE"),
		RunE: interruptible(func(cmd *cobra.Command, files []string) error {
			write, ok := map[string]func(*analyze.Report, io.Writer) error{
				"text": (*analyze.Report).Text, "json": (*analyze.Report).JSON, "prometheus": (*analyze.Report).Exposition}[format]
			if !ok {
				return usageError{fmt.Errorf("unknown format %q: one of text, json, prometheus", format)}
			}
			cfg, cat, err := readerSetup(configFile, source)
			if err != nil {
				return err
			}
			if source == "" {
				source = config.FilesSource
			}
			counted := metrics.Default()
			if format == "prometheus" { // the other formats add labels up
				rules, err := ruleSetup(configFile)
				if err != nil {
					return err
				}
				counted = rules.Metrics
			}
			report, failed := analyze.Files(files, analyze.Options{Source: source, Parser: cfg, Metrics: counted, Catalogue: cat,
				Stdin: cmd.InOrStdin(), Progress: cmd.ErrOrStderr()})
			if report.Lines() == 0 && failed != nil {
				return failed
			}
			return errors.Join(write(report, cmd.OutOrStdout()), failed)
		}),
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json or prometheus")
	cmd.Flags().StringVar(&configFile, "config", "", "read the files as a source of this configuration file does")
	cmd.Flags().StringVar(&source, "source", "", "name of that source, and of the label")
	return cmd
}
