package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
)

// replayOptions are the flags of wvwatch replay.
type replayOptions struct {
	configFile, source, format string
	from, to                   string
	suggest                    int
}

func newReplayCmd() *cobra.Command {
	var o replayOptions
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

--suggest N looks, for each rule on a number per minute, for the threshold from
which on it would have fired at most N times, by its number alone.`,
		Example: `  wvwatch replay /var/log/licence-proxy/access.log*
  wvwatch replay --config /etc/wvwatch/config.yaml --from 2026-11-16 --suggest 2 *.log.gz`,
		Args: atLeastOne("LOG"),
		RunE: interruptible(func(cmd *cobra.Command, files []string) error { return replay(cmd, files, o) }),
	}
	cmd.Flags().StringVar(&o.configFile, "config", "", "take rules and reading from this configuration file")
	cmd.Flags().StringVar(&o.source, "source", "", "read the logs as this source of it does (default: the first)")
	cmd.Flags().StringVar(&o.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&o.from, "from", "", `report from this time on: 2026-11-23, "2026-11-23 08:30" or 2026-11-23T08:30:00Z`)
	cmd.Flags().StringVar(&o.to, "to", "", "leave out what happened at this time or later")
	cmd.Flags().IntVar(&o.suggest, "suggest", 0, "suggest thresholds at which a rule fires at most `N` times")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // fails only for a flag that does not exist
	return cmd
}

func replay(cmd *cobra.Command, files []string, o replayOptions) error {
	write, ok := map[string]func(io.Writer, *replayReport) error{"text": writeReplayText, "json": writeReplayJSON}[o.format]
	if !ok {
		return usageError{fmt.Errorf("unknown format %q: one of text, json", o.format)}
	}
	if o.suggest < 0 {
		return usageError{fmt.Errorf("--suggest %d: cannot fire fewer times than never", o.suggest)}
	}
	from, err := parseMoment("from", o.from)
	if err != nil {
		return err
	}
	to, err := parseMoment("to", o.to)
	if err != nil {
		return err
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return usageError{fmt.Errorf("--from %s is not before --to %s", o.from, o.to)}
	}
	cfg, err := ruleSetup(o.configFile)
	if err != nil {
		return err
	}
	parse, cat, err := readerSetup(o.configFile, o.source)
	if err != nil {
		return err
	}
	reading := reading{source: sourceName(cfg, o.source), parser: parse, cat: cat, labels: len(cfg.Metrics.Labels) > 0}
	rec, failed := reading.record(cmd, files)
	if rec.files == 0 {
		return failed
	}
	rec.cut(to)
	p := player{recording: rec, metrics: cfg.Metrics, cat: cat, settings: replaySettings(cfg)}
	report, err := p.report(cmd.Context(), judgedHere(cfg.Alerts), from)
	if err != nil {
		return errors.Join(err, failed)
	}
	if cmd.Flags().Changed("suggest") {
		if report.Suggestions, err = p.suggest(cmd.Context(), cfg.Alerts, from, o.suggest); err != nil {
			return err
		}
	}
	return errors.Join(write(cmd.OutOrStdout(), report), failed)
}

// ruleSetup returns the configuration whose rules count: of a file, or the
// default one.
func ruleSetup(configFile string) (*config.Config, error) {
	if configFile == "" {
		return config.Default(), nil
	}
	return config.Load(configFile)
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

// judgedHere returns the rules as if this engine had to judge them all: over
// old logs there is no Prometheus that would.
func judgedHere(rules []alert.RuleConfig) []alert.RuleConfig {
	here := make([]alert.RuleConfig, len(rules))
	for i, r := range rules {
		r.Evaluate = "here"
		here[i] = r
	}
	return here
}

// replaySettings are those of the configuration. The host that replays a log is
// not the daemon that would have sent the alerts: it gives them no name.
func replaySettings(cfg *config.Config) alert.Settings {
	return alert.Settings{ExternalLabels: cfg.ExternalLabels, Mutes: cfg.Mute}
}

// newJudge returns an engine for rules that were validated.
func newJudge(rules []alert.RuleConfig, cat *codes.Catalogue, s alert.Settings) (*alert.Engine, error) {
	e, err := alert.New(rules, cat, alert.Options{Settings: s})
	if err != nil {
		return nil, fmt.Errorf("compile rules: %w", err)
	}
	return e, nil
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
