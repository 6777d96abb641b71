package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// idleLimit is for how long the clock goes on step by step where nothing was
// logged. Longer gaps are jumped over: a wrong time, such as 1970, must not cost
// the steps of half a century.
const idleLimit = 24 * time.Hour

// settleSteps is how long the clock goes on after the last record, until watermarks
// have passed it.
const settleSteps = int64(30 * time.Second / metrics.Step)

// player plays a recording to an engine, by the clock of the recording.
type player struct {
	*recording
	metrics  metrics.Config
	cat      *codes.Catalogue
	settings alert.Settings

	postMortem bool
	result     parser.Result // scratch
	ids        []byte        // likewise
}

// instant is what one evaluation saw.
type instant struct {
	now     time.Time // the last nanosecond of a step, when its windows are full
	ledger  *metrics.Ledger
	engine  *alert.Engine
	changes []alert.Transition
}

// play commits what each step holds and evaluates the rules at its end. see is
// called after every evaluation.
func (p *player) play(ctx context.Context, rules []alert.RuleConfig, see func(instant)) error {
	ledger := metrics.New(p.metrics, p.cat, []string{p.source})
	engine, err := alert.New(rules, p.cat, alert.Options{Settings: p.settings, Judge: ledger.Judge})
	if err != nil {
		return fmt.Errorf("compile rules: %w", err)
	}
	windows := newOnceCounted()
	steps := slices.Sorted(maps.Keys(p.steps))
	hits := p.hits
	for i, step := range steps {
		end := step + 1 + settleSteps
		if i+1 < len(steps) {
			end = min(steps[i+1], step+int64(idleLimit/metrics.Step))
		}
		n := 0
		for n < len(hits) && stepOf(hits[n].at) <= step {
			n++
		}
		p.commit(ledger, step, hits[:n])
		hits = hits[n:]
		for ; step < end; step++ {
			now := endOf(step)
			ledger.Settle(now, nil, nil)
			changes := engine.Evaluate(now, windows.at(ledger.Snapshot(now)))
			if engine.Active() {
				ledger.Alerting(now)
			}
			see(instant{now, ledger, engine, changes})
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func endOf(step int64) time.Time { return time.Unix(0, (step+1)*int64(metrics.Step)-1) }

// commit gives the ledger what a step holds, as the reader of a live log would.
func (p *player) commit(ledger *metrics.Ledger, step int64, hits []hit) {
	r := &p.result
	r.Events, r.Requests, r.Labels = r.Events[:0], r.Requests[:0], p.labels.names
	r.Unasked = p.labels.unasked
	p.ids = slices.Grow(p.ids[:0], 16*len(hits)) // ids and clients point into it
	for _, h := range hits {
		id, client := p.text(h.id), p.text(h.client)
		if h.code == 0 {
			q := parser.Request{
				Time: h.at, DRM: h.drm, Outcome: h.outcome, Client: client, CorrelationID: id, Coded: h.coded,
				Duration: time.Duration(h.took) * time.Millisecond, Sampled: h.sampled,
			}
			q.Tenant, q.Labels = p.labels.of(h.labels)
			r.Requests = append(r.Requests, q)
			continue
		}
		e := parser.Event{Time: h.at, DRM: h.drm, Code: int(h.code), Index: p.cat.Index(h.drm, int(h.code)), CorrelationID: id, Client: client, Sampled: h.sampled}
		e.Tenant, e.Labels = p.labels.of(h.labels)
		r.Events = append(r.Events, e)
	}
	t := p.steps[step]
	for d := range t.requests {
		for o, n := range t.requests[d] {
			q := parser.Request{Time: step * int64(metrics.Step), DRM: codes.DRM(d), Outcome: parser.Outcome(o), Coded: true}
			for range n {
				r.Requests = append(r.Requests, q)
			}
		}
	}
	r.Lines, r.Records = int(t.lines), int(t.lines)
	ledger.Commit(p.source, endOf(step), r, tailer.Position{})
}

// text returns the bytes of an id or client; nil for none.
func (p *player) text(hash uint64) []byte {
	if hash == 0 {
		return nil
	}
	p.ids = binary.LittleEndian.AppendUint64(p.ids, hash)
	return p.ids[len(p.ids)-8:]
}

// end returns the step after the last.
func (p *player) end() int64 {
	var end int64
	for step := range p.steps {
		end = max(end, step+1)
	}
	return end
}

// span returns the time from the first step to the end of the last.
func (p *player) span() (first, last time.Time, err error) {
	if len(p.steps) == 0 {
		return first, last, errors.New("nothing to replay: no record with a time names a code or a licence request (see wvwatch parse --explain)")
	}
	low, high := int64(1<<62), int64(-1<<62)
	for step := range p.steps {
		low, high = min(low, step), max(high, step)
	}
	return time.Unix(0, low*int64(metrics.Step)), time.Unix(0, (high+1)*int64(metrics.Step)), nil
}
