package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
	"wvwatch/internal/config"
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
			print := (&parsePrinter{cat: cat, out: json.NewEncoder(out), explain: explain}).print
			switch format {
			case "json":
			case "text":
				text := &parseText{cat: cat, out: out, explain: explain}
				in, print = io.TeeReader(in, text), text.print
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

// parsePrinter writes results as JSON lines, with physical line numbers from 1.
type parsePrinter struct {
	cat     *codes.Catalogue
	out     *json.Encoder
	explain bool
	before  int // lines of the blocks before
}

type parsedEvent struct {
	Line          int       `json:"line"`
	LastLine      int       `json:"last_line"`
	Time          string    `json:"time,omitempty"`
	DRM           codes.DRM `json:"drm"`
	Code          int       `json:"code"`
	Listed        bool      `json:"listed"`
	Category      string    `json:"category"`
	Evidence      string    `json:"evidence"`
	Sign          string    `json:"sign,omitempty"` // with --explain
	Tenant        string    `json:"tenant,omitempty"`
	CorrelationID string    `json:"correlation_id,omitempty"`

	Labels map[string]string `json:"labels,omitempty"`
}

type parsedRefusal struct {
	Line    int    `json:"line"`
	Refused int    `json:"refused"`
	Reason  string `json:"reason"`
	Sign    string `json:"sign,omitempty"`
}

// print writes a result in the order of its lines.
func (p *parsePrinter) print(r *parser.Result, skipped int) error {
	refusals := r.Refusals
	if !p.explain {
		refusals = nil
	}
	for _, e := range r.Events {
		for len(refusals) > 0 && refusals[0].Line < e.Line {
			if err := p.refusal(refusals[0]); err != nil {
				return err
			}
			refusals = refusals[1:]
		}
		if err := p.event(e, r.Labels); err != nil {
			return err
		}
	}
	for _, f := range refusals {
		if err := p.refusal(f); err != nil {
			return err
		}
	}
	p.before += r.Lines + skipped
	return nil
}

func (p *parsePrinter) event(e parser.Event, labels []string) error {
	entry := p.cat.Resolve(e.DRM, e.Code)
	j := parsedEvent{
		Line: p.before + e.Line + 1, LastLine: p.before + e.LastLine + 1,
		DRM: e.DRM, Code: e.Code, Listed: entry.Listed, Category: entry.Category,
		Evidence: e.Evidence.String(), Tenant: string(e.Tenant), CorrelationID: string(e.CorrelationID)}
	if p.explain {
		j.Sign = e.Sign
	}
	if e.Time != 0 {
		j.Time = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
	}
	for i, v := range e.Labels {
		if len(v) > 0 {
			if j.Labels == nil {
				j.Labels = make(map[string]string)
			}
			j.Labels[labels[i]] = string(v)
		}
	}
	return p.out.Encode(j)
}

func (p *parsePrinter) refusal(f parser.Refusal) error {
	return p.out.Encode(parsedRefusal{p.before + f.Line + 1, f.Number, f.Reason.String(), f.Sign})
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
