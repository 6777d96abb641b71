// Package replay judges old logs by the rules, as the daemon would have done while
// they were written: the same recognition, the same counts, the same rules, but the
// clock follows the records.
//
// It promises that alerts differ from those of the daemon by at most one step of the
// windows. It reads files and writes reports; the command line is the caller's.
package replay

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/parser"
)

// Options are what is replayed, and by which rules.
type Options struct {
	Config    *config.Config // rules, mutes and labels; its sources are not read
	Catalogue *codes.Catalogue
	Source    string        // as which the logs count
	Parser    parser.Config // how they are read
	From, To  time.Time     // report from From on, leave out what happened at To or later; zero for all
	Suggest   *int          // suggest thresholds at which a rule fires at most so often; nil for none
	// PostMortem adds what happened in each outage, and what no alert is about.
	PostMortem bool
	Stdin      io.Reader // for the file "-"
	Progress   io.Writer // shows how much is read, if it is a terminal
}

// Run replays the files as one log. A file that can not be read does not keep the
// others from being replayed: then there is a report and an error. The report is nil
// if none was read, or nothing in them has a time.
func Run(ctx context.Context, o Options, files []string) (*Report, error) {
	o.Parser.Automatic = true
	reading := reading{
		source: o.Source, parser: o.Parser, cat: o.Catalogue, every: sampling(files),
		stdin: o.Stdin, progress: o.Progress,
	}
	rec, failed := reading.record(ctx, files)
	if rec.files == 0 {
		return nil, failed
	}
	rec.cut(o.To)
	// The host that replays a log is not the daemon that would have sent the alerts: it
	// adds no label with its name.
	settings := alert.Settings{ExternalLabels: o.Config.ExternalLabels, Mutes: o.Config.Mute, Verdicts: o.Config.Blame.InAlerts, VerdictLabels: o.Config.Blame.Labels}
	p := player{recording: rec, metrics: o.Config.Metrics, cat: o.Catalogue, settings: settings, postMortem: o.PostMortem}
	report, err := p.report(ctx, alert.EvaluatedHere(o.Config.Alerts), o.From)
	if err == nil && o.Suggest != nil {
		report.Suggestions, err = p.suggest(ctx, o.Config.Alerts, o.From, *o.Suggest)
	}
	if err != nil {
		return nil, errors.Join(err, failed)
	}
	return report, failed
}

// readInFull is how many bytes of logs have the labels of all of their requests read:
// each takes 40 bytes of memory.
const readInFull = 256 << 20

// sampling returns of how many requests of the files one has its labels read.
func sampling(files []string) uint32 {
	var size int64
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	return uint32(1 + size/readInFull)
}
