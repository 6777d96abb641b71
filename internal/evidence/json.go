package evidence

import (
	"encoding/json"
	"io"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// JSON writes results as JSON lines, with physical line numbers from 1.
type JSON struct {
	cat     *codes.Catalogue
	out     *json.Encoder
	explain bool
	before  int // lines of the blocks before
}

// NewJSON returns a JSON that writes to out. With explain it writes ignored numbers, too.
func NewJSON(out io.Writer, cat *codes.Catalogue, explain bool) *JSON {
	return &JSON{cat: cat, out: json.NewEncoder(out), explain: explain}
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

// Print writes a result in the order of its lines.
func (p *JSON) Print(r *parser.Result, skipped int) error {
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

func (p *JSON) event(e parser.Event, labels []string) error {
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

func (p *JSON) refusal(f parser.Refusal) error {
	return p.out.Encode(parsedRefusal{p.before + f.Line + 1, f.Number, f.Reason.String(), f.Sign})
}
