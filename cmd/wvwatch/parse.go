package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/evidence"
	"wvwatch/internal/input/payload"
	"wvwatch/internal/logread"
	"wvwatch/internal/parser"
)

func newParseCmd() *cobra.Command {
	var configFile, source, format string
	var explain bool
	cmd := &cobra.Command{
		Use:   "parse",
		Short: "Show which codes the lines on standard input report, and why others do not count",
		Long: `Reads log lines on standard input and prints one JSON object for each recognised
code. What agents push (bodies of Loki, OTLP, Firehose) is read as its log lines.
With --explain it also prints every number that was refused, and why. With
--format text it prints lines for people: the number underlined, and why it counts
or not.

Without --config lines are read as "wvwatch run FILE" reads them; with it, as the
source named by --source does (by default the first).`,
		Example: `  tail -n 100 /var/log/licence-proxy/access.log | wvwatch parse --explain`,
		Args:    cobra.NoArgs,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			cfg, cat, err := readerSetup(configFile, source)
			if err != nil {
				return err
			}
			p, err := parser.New(cfg, cat)
			if err != nil {
				return err
			}
			p.Explain(explain)
			out := bufio.NewWriter(cmd.OutOrStdout())
			in, err := payload.NewReader(cmd.InOrStdin(), nil)
			if err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
			print := evidence.NewJSON(out, cat, explain).Print
			switch format {
			case "json":
			case "text":
				text := evidence.NewText(out, cat, explain)
				in, print = io.TeeReader(in, text), text.Print
			default:
				return usageError{fmt.Errorf("unknown format %q: json or text", format)}
			}
			if err := logread.NewScanner(p).Scan(in, print); err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
			return out.Flush()
		}),
	}
	cmd.Flags().StringVar(&configFile, "config", "", "read the lines as a source of this configuration file does")
	cmd.Flags().StringVar(&source, "source", "", "name of that source (default: the first)")
	cmd.Flags().StringVar(&format, "format", "json", "json or text")
	cmd.Flags().BoolVar(&explain, "explain", false, "also print every number that was refused, with the reason")
	return cmd
}

// readerSetup returns how the commands that read lines are to read them: as a
// source of a configuration file, or as "wvwatch run FILE" does.
func readerSetup(configFile, source string) (parser.Config, *codes.Catalogue, error) {
	if configFile == "" {
		cat, err := codes.Load(codes.Config{})
		return parser.Config{}, cat, err
	}
	cfg, err := config.Load(configFile, nil)
	if err != nil {
		return parser.Config{}, nil, err
	}
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return parser.Config{}, nil, err
	}
	for _, s := range cfg.Sources {
		if source == "" || s.Tail.Name == source {
			return s.Parse, cat, nil
		}
	}
	return parser.Config{}, nil, usageError{fmt.Errorf("no source %q in %s", source, configFile)}
}
