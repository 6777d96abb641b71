package main

import (
	"fmt"
	"io"

	"wvwatch/internal/humanize"
	"wvwatch/internal/ruletest"

	"github.com/spf13/cobra"
)

func newTestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE...",
		Short: "Test rules and recognition: log lines in, expected codes and alerts out",
		Long: `Runs tests written as YAML: lines as a log would hold them, each with the time at
which it is written, and what is expected of them: the codes of a line, counts, and
the states of alerts. The lines take the way they take in wvwatch run, by a clock
that belongs to the test; rules are judged every second. What differs is printed
with its place, and the exit status is 1.

A file holds

  config: FILE             rules and sources of a configuration, beside this file
  alerts: [...]            or rules, as a configuration has them; default: the default rules
  sources: [...]           with it, how lines are read: name, format, drm, ... (default: as
                           wvwatch run FILE reads them)
  tests:
    - name: TEXT
      start: 2026-11-23T12:00:00Z      the clock of at: 0s (this is the default)
      lines:
        - at: 1m                       from the start; default: as the line before
          line: TEXT                   one or several lines; {time} is the time at which it is
                                       written, {time:02 Jan 15:04:05} the same in another
                                       form, {n} its number among its repetitions
          times: 12                    written so often, default once
          every: 5s                    so far apart
          source: NAME                 default: the first
          codes: [6007]                exactly these are recognised in it
          drm: widevine                all of this server
      expect:
        - {at: 2m, alert: NAME, state: firing, codes: [6007], group: VALUE}
        - {at: 2m, firing: [NAME, ...]}              these alerts and no other
        - {at: 2m, code: 6007, drm: widevine, count: 12, incidents: 12, source: NAME}
                                       counted so far; of all servers and sources if not named
A line that no expectation on an alert can see, since its time is before every window
or it is written after the last expectation, is named in a note. group is a value of the
label in the rule's by; one that no line names is an error.

Rules that say "evaluate: prometheus" are judged too.`,
		Example: `  wvwatch test rules/*.test.yaml`,
		Args:    atLeastOne("FILE"),
		RunE:    func(cmd *cobra.Command, files []string) error { return runTests(cmd.OutOrStdout(), files) },
	}
}

// runTests runs the tests of all files, and reads all files before: a fault in one
// is reported before any test runs.
func runTests(w io.Writer, files []string) error {
	all := make([]*ruletest.File, len(files))
	for i, file := range files {
		var err error
		if all[i], err = ruletest.Read(file); err != nil {
			return err
		}
	}
	run, bad := 0, 0
	for _, f := range all {
		err := f.Run(func(r ruletest.Result) {
			run++
			word := "ok  "
			if len(r.Differences) > 0 {
				bad++
				word = "FAIL"
			}
			fmt.Fprintf(w, "%s %s: %s\n", word, f.Path(), r.Name)
			for _, d := range r.Differences {
				fmt.Fprintf(w, "     %s\n", d)
			}
			for _, n := range r.Notes {
				fmt.Fprintf(w, "note %s\n", n)
			}
		})
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %s failed", bad, humanize.Count(run, "test"))
	}
	return nil
}
