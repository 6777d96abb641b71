package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wvwatch/internal/config"
	"wvwatch/internal/replay"
)

// replayFlags are the flags of wvwatch replay.
type replayFlags struct {
	configFile, source, format string
	from, to                   string
	suggest                    int
	report                     bool
}

func newReplayCmd() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay LOG...",
		Short: "Tell which alerts old logs would have raised, and when",
		Long: `Reads old logs (plain, gzip or zstd; "-" for standard input) and judges them by the
rules as wvwatch run would have done while they were written: the same recognition,
the same counts, the same rules, but the clock follows the records. It prints each
change of an alert with the sentence that explains it, how long each rule fired,
and the alerts per day.

Several files are one log: what they hold is put in the order of its time. Rules
are judged every 10 s, so that an alert begins up to 10 s later than it would have
done; also those that say "evaluate: prometheus". A record without a time takes
that of the one before it. Records in which nothing is recognised have
no time here: for rules on silence they are spread between those around them. Where
nothing was logged for a day, the clock goes on at the next record.

Without --config the default rules count, and the logs are read as
"wvwatch run FILE" reads them; with it, as the source named by --source (by default
the first). What lies before --from is not reported, but learnt from.

--report writes a post-mortem of each incident in place of that: what broke and for
whom, plays and devices, the timeline with file and line of the first and last
record, what changed and what was ruled out. Incidents without an alert, such as a
silent host or more viewers, are among them.

--suggest N looks, for each rule on a number per minute, for the threshold from
which on it would have fired at most N times, by its number alone.`,
		Example: `  wvwatch replay /var/log/licence-proxy/access.log*
  wvwatch replay --config /etc/wvwatch/config.yaml --from 2026-11-16 --suggest 2 *.log.gz`,
		Args: atLeastOne("LOG"),
		RunE: interruptible(func(cmd *cobra.Command, files []string) error { return runReplay(cmd, files, f) }),
	}
	cmd.Flags().StringVar(&f.configFile, "config", "", "take rules and reading from this configuration file")
	cmd.Flags().StringVar(&f.source, "source", "", "read the logs as this source of it does (default: the first)")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json; with --report also markdown")
	cmd.Flags().BoolVar(&f.report, "report", false, "write a post-mortem of each incident")
	cmd.Flags().StringVar(&f.from, "from", "", `report from this time on: 2026-11-23, "2026-11-23 08:30" or 2026-11-23T08:30:00Z`)
	cmd.Flags().StringVar(&f.to, "to", "", "leave out what happened at this time or later")
	cmd.Flags().IntVar(&f.suggest, "suggest", 0, "suggest thresholds at which a rule fires at most `N` times")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // fails only for a flag that does not exist
	return cmd
}

func runReplay(cmd *cobra.Command, files []string, f replayFlags) error {
	formats := map[string]func(*replay.Report, io.Writer) error{"text": (*replay.Report).WriteText, "json": (*replay.Report).WriteJSON}
	if f.report {
		formats["text"], formats["markdown"] = (*replay.Report).WritePostMortems, (*replay.Report).WriteMarkdown
	}
	write, ok := formats[f.format]
	if !ok {
		return usageError{fmt.Errorf("unknown format %q: one of %s", f.format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))}
	}
	if f.suggest < 0 {
		return usageError{fmt.Errorf("--suggest %d: cannot fire fewer times than never", f.suggest)}
	}
	from, err := parseMoment("from", f.from)
	if err != nil {
		return err
	}
	to, err := parseMoment("to", f.to)
	if err != nil {
		return err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return usageError{fmt.Errorf("--from %s is not before --to %s", f.from, f.to)}
	}
	cfg, err := ruleSetup(f.configFile)
	if err != nil {
		return err
	}
	parse, cat, err := readerSetup(f.configFile, f.source)
	if err != nil {
		return err
	}
	o := replay.Options{
		Config: cfg, Catalogue: cat, Source: sourceName(cfg, f.source), Parser: parse, From: from, To: to,
		Stdin: cmd.InOrStdin(), Progress: cmd.ErrOrStderr(),
		PostMortem: f.report,
	}
	if cmd.Flags().Changed("suggest") {
		o.Suggest = &f.suggest
	}
	report, err := replay.Run(cmd.Context(), o, files)
	if report == nil {
		return err
	}
	return errors.Join(write(report, cmd.OutOrStdout()), err)
}

// ruleSetup returns the configuration with the rules to use: that of a file, or the
// default one.
func ruleSetup(configFile string) (*config.Config, error) {
	if configFile == "" {
		return config.Default(), nil
	}
	return config.Load(configFile, nil)
}

// sourceName returns the source as which files named on the command line count.
func sourceName(cfg *config.Config, asked string) string {
	switch {
	case asked != "":
		return asked
	case len(cfg.Sources) > 0:
		return cfg.Sources[0].Tail.Name
	}
	return config.FilesSource
}

// parseMoment reads the time of a flag; one without a zone is local.
func parseMoment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("--%s %q is no time: write 2026-11-23, \"2026-11-23 08:30\" or 2026-11-23T08:30:00Z", flag, text)}
}
