package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/metrics"
)

// burnPair is a long window, which keeps a blip from firing, with a short one,
// which ends the alert when the failures end; both must burn the budget so
// many times faster than the objective allows.
type burnPair struct {
	long, short time.Duration
	factor      float64
}

// burnPairs are the windows of Google's SRE Workbook, chapter "Alerting on
// SLOs", for a budget of thirty days: at these rates 2 % of it are gone in an
// hour, 5 % in six, 10 % in one day and 10 % in three. The first two page
// someone, the others can wait for the morning.
func burnPairs(windows string) []burnPair {
	all := []burnPair{
		{time.Hour, 5 * time.Minute, 14.4},
		{6 * time.Hour, 30 * time.Minute, 6},
		{24 * time.Hour, 2 * time.Hour, 3},
		{72 * time.Hour, 6 * time.Hour, 1},
	}
	switch windows {
	case "page":
		return all[:2]
	case "ticket":
		return all[2:]
	}
	return all
}

// leastFailed failed licences must be in the long window: in a quiet night one
// failure in ten requests is no outage.
const leastFailed = 5

// burnRate holds while failed plays use up the error budget of an
// objective. Codes that are no fault, such as a lapsed subscription, use up none.
type burnRate struct {
	budget  float64
	pairs   []burnPair
	history burnHistory
}

func asksBurnRate(w When) bool { return w.BurnRate != nil }

func newBurnRate(w When) condition {
	return &burnRate{budget: 1 - w.BurnRate.Objective, pairs: burnPairs(w.BurnRate.Windows)}
}

// judge goes by the pair that holds; where none does, by the one that is nearest.
func (b *burnRate) judge(now time.Time, v selection) result {
	step := stepOf(now)
	everywhere := v
	everywhere.behind = nil // what is old is wanted too
	b.history.advance(step, counting(everywhere))
	upTo := counting(v)
	var nearest result
	for i, p := range b.pairs {
		long, short := b.history.sum(step, p.long, upTo), b.history.sum(step, p.short, upTo)
		known := float64(step-b.history.Began) >= p.short.Seconds()/metrics.Step.Seconds()
		l, s := b.burn(long), b.burn(short)
		this := result{
			holds:     known && long.failed >= leastFailed && l >= p.factor && s >= p.factor,
			value:     min(l, s),
			threshold: p.factor,
			because: fmt.Sprintf("burns the budget of %s at %.1f times over %s and %.1f over %s, fires at %s",
				percent(almostRound(b.budget)), l, span(p.long), s, span(p.short), number(p.factor)),
		}
		if this.holds || i == 0 || this.value/this.threshold > nearest.value/nearest.threshold {
			nearest = this
		}
		if this.holds {
			nearest.tally = v.tallyOf(min(p.long, metrics.Retention), isFault)
			return nearest
		}
	}
	return nearest
}

// burn is how many times faster than allowed the budget is used up.
func (b *burnRate) burn(n burnSum) float64 {
	if n.requests == 0 {
		return 0
	}
	return n.failed / n.requests / b.budget
}

// counting returns a function that counts failed clients and plays of the last so
// many steps.
func counting(v selection) func(steps int64) burnSum {
	return func(steps int64) burnSum {
		sum := v.played(time.Duration(steps)*metrics.Step, isFault)
		return burnSum{sum.failed, sum.plays}
	}
}

func (b *burnRate) patience() time.Duration { return 5 * time.Minute }

func (b *burnRate) remember() ([]byte, error) { return json.Marshal(b.history) }

func (b *burnRate) recall(saved []byte) error {
	var h burnHistory
	if err := json.Unmarshal(saved, &h); err != nil {
		return err
	}
	if h.Next < 0 || h.Began < 0 || len(h.Blocks) > burnBlocks {
		return errors.New("a history that cannot be")
	}
	b.history = h
	return nil
}

func isFault(e codes.Entry) bool { return e.Outcome == "fault" }

func checkBurnRate(w When, f fault.Scope) {
	if o := w.BurnRate.Objective; !(o >= 0.5 && o < 1) {
		f.Add("burn_rate.objective", "%s: must be a part of the requests such as 0.995, from 0.5 to below 1", number(o))
	} else if least := leastFactor(w.BurnRate.Windows); (1-o)*least > 1 {
		f.AddFix("burn_rate.objective", fmt.Sprintf("use an objective above %.3f", math.Ceil(1000*(1-1/least))/1000),
			"%s: can never fire: even if every licence fails, the budget burns at less than %s times", number(o), number(least))
	}
	switch w.BurnRate.Windows {
	case "", "default", "page", "ticket":
	default:
		f.Add("burn_rate.windows", "unknown: %q: %s", w.BurnRate.Windows, burnWindows())
	}
}

// checkFaults refuses a rule that counts no code which is a fault.
func checkFaults(c RuleConfig, cat *codes.Catalogue, f fault.Scope) {
	sel := newSelector(c.Match, cat)
	if es := sel.examples(cat); len(es) > 0 && !slices.ContainsFunc(es, isFault) {
		f.Add("match", "none of these codes is a fault, and only faults use up the budget of burn_rate, so the rule can never fire: see wvwatch codes for their outcome")
	}
}

// leastFactor is the lowest rate at which any of the windows fires.
func leastFactor(windows string) float64 {
	least := math.Inf(1)
	for _, p := range burnPairs(windows) {
		least = min(least, p.factor)
	}
	return least
}

// burnWindows lists what can be asked for.
func burnWindows() string {
	list := func(windows string) string {
		var words []string
		for _, p := range burnPairs(windows) {
			words = append(words, fmt.Sprintf("%s and %s at %s times", span(p.long), span(p.short), number(p.factor)))
		}
		return strings.Join(words, ", ")
	}
	return "page (" + list("page") + "), ticket (" + list("ticket") + ") or default (all of them)"
}
