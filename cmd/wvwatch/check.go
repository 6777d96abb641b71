package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wvwatch/docs"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/daemon"
	"wvwatch/internal/humanize"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/preflight"
)

// defaultConfigFile is where packages put the configuration.
const defaultConfigFile = "/etc/wvwatch/config.yaml"

func newCheckCmd() *cobra.Command {
	var file string
	var schema bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration and say what it would follow now",
		Long: `Check a configuration: every fault at once, each with its place and a cure, and exit
status 1. Of one that is right it says which files each source would follow now, or
where it would receive logs and who may send them, what is in topics of Kafka, which rules apply, and what is allowed but probably not meant.

Without FILE it checks ` + defaultConfigFile + `. Variables WVWATCH_... count as they do for
wvwatch run.

With --schema it prints a JSON schema of the file for editors instead.`,
		Example: `  wvwatch check config.example.yaml
  wvwatch check --schema > wvwatch.schema.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			if schema {
				text, err := config.JSONSchema(meanings())
				if err == nil {
					_, err = cmd.OutOrStdout().Write(text)
				}
				return err
			}
			if len(args) == 1 {
				if cmd.Flags().Changed("config") {
					return usageError{fmt.Errorf("FILE and --config are both given: one is enough")}
				}
				file = args[0]
			}
			cfg, err := config.Load(file, nil)
			if err != nil {
				return err
			}
			return report(cmd.OutOrStdout(), cfg)
		}),
	}
	cmd.Flags().StringVar(&file, "config", defaultConfigFile, "the same as FILE")
	cmd.Flags().BoolVar(&schema, "schema", false, "print a JSON schema of the file, for editors")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml") // fails only for a flag that does not exist
	return cmd
}

var keyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| (.+) \\|$")

// meanings returns a function that looks up a key in the reference: its meaning and default.
func meanings() func(path string) string {
	said := map[string]string{}
	for _, row := range keyRow.FindAllStringSubmatch(docs.Configuration, -1) {
		said[row[1]] = fmt.Sprintf("%s Default: %s.", row[3], row[2])
	}
	return func(path string) string { return said[path] }
}

// report writes to w what a valid configuration would do now.
func report(w io.Writer, cfg *config.Config) error {
	var b strings.Builder
	warnings := cfg.Warnings()
	cat, err := codes.Load(cfg.Codes)
	if err != nil {
		return err
	}
	for i, s := range cfg.Sources {
		path := fmt.Sprintf("sources[%d]", i)
		if s.Input.Kind() != "" {
			if err := reportInput(&b, &s, cfg.State.Kafka); err != nil {
				warnings.Add(path, "%v", err)
			}
			continue
		}
		files, err := s.Tail.Match()
		fmt.Fprintf(&b, "source %s: %s (format %s, drm %s, from the %s)\n",
			s.Tail.Name, humanize.Count(len(files), "file"), s.Parse.Format, s.Parse.DRM, s.Tail.Start)
		for _, f := range files {
			problem := preflight.Trouble(f)
			fmt.Fprintf(&b, "  %s%s\n", f, problem)
			if off := zoneError(f, s.Parse, cat); problem == "" && off != 0 {
				warnings.Add(path, "%s. See the last line of %s", daemon.OffsetWarning(s.Tail.Name, off), f)
			}
		}
		if err != nil {
			warnings.Add(path+".files", "%v", err)
		} else if len(files) == 0 {
			fmt.Fprintf(&b, "  nothing matches %s now; what appears later is followed\n", strings.Join(s.Tail.Files, ", "))
		}
	}
	if len(cfg.Metrics.Labels) > 0 {
		series, combinations := cfg.Metrics.Series(cat.Len(), len(cfg.Sources))
		upTo, all := fmt.Sprintf("up to %d", combinations), fmt.Sprint(series)
		if combinations > metrics.MaxCombinations {
			upTo, all = fmt.Sprintf("more than %d", metrics.MaxCombinations), "many"
		}
		fmt.Fprintf(&b, "labels %s: %s combinations of values x %d codes x %s: %s, of which at most %d are counted by name\n",
			strings.Join(cfg.Metrics.Labels, ", "), upTo, cat.Len(), humanize.Count(len(cfg.Sources), "source"), all, metrics.MaxSeries)
	}
	if len(cfg.Alerts) == 0 {
		b.WriteString("no alert rules\n")
	}
	for _, r := range cfg.Alerts {
		fmt.Fprintf(&b, "alert %s (%s)\n", r.Name, cmp.Or(r.Severity, "warning"))
	}
	fmt.Fprintf(&b, "listens on %s\n", strings.Join(cfg.Web.Listen, ", "))
	host := preflight.Run(cfg)
	for _, w := range append(warnings, host.Warnings...) {
		cfg.Place(w)
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	for _, e := range host.Errors {
		fmt.Fprintf(&b, "error: %s\n", e)
	}
	if len(host.Errors) == 0 {
		b.WriteString("ok\n")
	}
	if _, err = io.WriteString(w, b.String()); err == nil && len(host.Errors) > 0 {
		err = fmt.Errorf("%s of this configuration can not work on this host", humanize.Count(len(host.Errors), "value"))
	}
	return err
}

// reportInput writes where a source that does not follow files receives, and who may send.
// It returns an error if a cluster could not be asked for the content of its topics.
func reportInput(b *strings.Builder, s *config.Source, withState bool) error {
	fmt.Fprintf(b, "source %s: %s (format %s, drm %s)\n", s.Name(), s.Input.Kind(), s.Parse.Format, s.Parse.DRM)
	for _, e := range s.Input.Endpoints() {
		fmt.Fprintf(b, "  %s, from %s\n", e.Address, e.Who)
	}
	lines, err := s.Input.Inspect(context.Background(), withState)
	for _, line := range lines {
		fmt.Fprintf(b, "  %s\n", line)
	}
	return err
}

// lastBytes is how much of a file's end zoneError reads.
const lastBytes = 64 << 10

// zoneError returns by how much the time in the last line of a regular file
// differs from the time at which the file was last written, if it does as with a
// wrong time zone: by quarters of an hour, up to 14 hours. Else it returns 0, as for
// a file that can not be read, or a last line with neither a licence request nor a code.
func zoneError(file string, cfg parser.Config, cat *codes.Catalogue) time.Duration {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	end := make([]byte, min(info.Size(), lastBytes))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return 0
	}
	line := end[bytes.LastIndexByte(bytes.TrimSuffix(end, []byte("\n")), '\n')+1:]
	p, err := parser.New(cfg, cat)
	if err != nil {
		return 0
	}
	var r parser.Result
	p.SetReference(info.ModTime())
	p.Parse(&r, line, len(line))
	measured := metrics.NewLags(nil)
	measured.Take("", info.ModTime(), &r)
	lag := measured.Of("", info.ModTime()).Median
	const quarter, latency = 15 * time.Minute, 5 * time.Second
	zone := lag.Round(quarter)
	if zone.Abs() > 14*time.Hour || (lag-zone).Abs() > latency {
		return 0
	}
	return zone
}
