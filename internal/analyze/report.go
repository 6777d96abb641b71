package analyze

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"wvwatch/internal/codes"
	"wvwatch/internal/humanize"
	"wvwatch/internal/logread"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

type jsonReport struct {
	Lines    int           `json:"lines"`
	Records  int           `json:"records"`
	Overlong int           `json:"overlong_lines,omitempty"`
	Requests []jsonRequest `json:"requests"`
	Extras   []jsonExtra   `json:"extras"`
	// Ignored are the numbers that look like codes and do not count, by reason.
	Ignored map[string]uint64 `json:"ignored"`
	// WithoutCode are records that report a failure without a code, by reason.
	WithoutCode map[string]uint64 `json:"records_without_code"`
}

type jsonRequest struct {
	Source  string    `json:"source"`
	DRM     codes.DRM `json:"drm"`
	Outcome string    `json:"outcome"`
	Count   uint64    `json:"count"`
}

type jsonExtra struct {
	Source      string    `json:"source"`
	DRM         codes.DRM `json:"drm"`
	Code        int       `json:"code"`
	Listed      bool      `json:"listed"`
	Category    string    `json:"category"`
	Severity    string    `json:"severity"`
	Occurrences uint64    `json:"occurrences"`
	Incidents   uint64    `json:"incidents"`
	First       string    `json:"first,omitempty"`
	Last        string    `json:"last,omitempty"`
}

// JSON writes the report for programs.
func (a *Report) JSON(w io.Writer) error {
	r := jsonReport{Lines: a.lines, Records: a.records, Overlong: a.overlong, Requests: []jsonRequest{}, Extras: []jsonExtra{}}
	a.RequestTotals(func(source string, d codes.DRM, o parser.Outcome, n uint64) {
		r.Requests = append(r.Requests, jsonRequest{source, d, o.String(), n})
	})
	for _, t := range a.occurred() {
		r.Extras = append(r.Extras, jsonExtra{t.Source, t.Entry.DRM, t.Entry.Code, t.Entry.Listed, t.Entry.Category, t.Entry.Severity,
			t.Occurrences, t.Incidents, t.First.UTC().Format(time.RFC3339Nano), t.Last.UTC().Format(time.RFC3339Nano)})
	}
	r.Ignored, r.WithoutCode = map[string]uint64{}, map[string]uint64{}
	for reason, n := range a.ignored() {
		r.Ignored[reason.String()] = n
	}
	for m, n := range a.withoutCode() {
		r.WithoutCode[m.String()] = n
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// occurred returns the codes that occurred, the commonest first.
func (a *Report) occurred() []metrics.Total {
	var all []metrics.Total
	a.Totals(func(t metrics.Total) {
		if t.Occurrences > 0 {
			all = append(all, t)
		}
	})
	slices.SortFunc(all, func(x, y metrics.Total) int {
		return cmp.Or(cmp.Compare(y.Occurrences, x.Occurrences), cmp.Compare(x.Entry.DRM, y.Entry.DRM), cmp.Compare(x.Entry.Code, y.Entry.Code))
	})
	return all
}

// Text writes the report for people.
func (a *Report) Text(w io.Writer) error {
	fmt.Fprintf(w, "%d lines, %d records in %s\n", a.lines, a.records, humanize.Count(a.files, "file"))
	if a.overlong > 0 {
		fmt.Fprintf(w, "%s over %d bytes skipped\n", humanize.Count(a.overlong, "line"), logread.MaxLine)
	}
	a.writeRequests(w)
	a.writeExtras(w)
	a.writeIgnored(w)
	a.writeSlices(w)
	return nil
}

// ignored returns how many numbers look like codes and do not count, by reason.
func (a *Report) ignored() iter.Seq2[parser.Reason, uint64] {
	return func(yield func(parser.Reason, uint64) bool) {
		for r := range parser.NumReasons {
			var n uint64
			for _, s := range a.Sources() {
				n += s.Vetoed[r]
			}
			if n > 0 && !yield(r, n) {
				return
			}
		}
	}
}

// withoutCode returns how many records report a failure without a code, by reason.
func (a *Report) withoutCode() iter.Seq2[parser.Missing, uint64] {
	return func(yield func(parser.Missing, uint64) bool) {
		for m := range parser.NumMissing {
			var n uint64
			for _, s := range a.Sources() {
				n += s.WithoutCode[m]
			}
			if n > 0 && !yield(m, n) {
				return
			}
		}
	}
}

func (a *Report) writeIgnored(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	head := "\nIgnored (wvwatch parse --explain --format text < FILE shows each)\n"
	for r, n := range a.ignored() {
		fmt.Fprintf(t, "%s  %s\t%s: %s\n", head, humanize.Count(int(n), "number"), r, r.Meaning())
		head = ""
	}
	for m, n := range a.withoutCode() {
		fmt.Fprintf(t, "%s  %s\t%s: it speaks of a refused licence without a code\n", head, humanize.Count(int(n), "record"), m)
		head = ""
	}
	t.Flush()
}

func (a *Report) writeRequests(w io.Writer) {
	var byDRM [codes.NumDRM][parser.NumOutcomes]uint64
	a.RequestTotals(func(_ string, d codes.DRM, o parser.Outcome, n uint64) { byDRM[d][o] += n })
	fmt.Fprintln(w, "\nLicence requests")
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	some := false
	for d, n := range byDRM {
		total := n[0] + n[1] + n[2] + n[3]
		if total == 0 {
			continue
		}
		if !some {
			fmt.Fprintln(t, "drm\trequests\tgranted\trefused\tfailed\tgateway\tgranted share\t")
		}
		some = true
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%.2f %%\t\n", codes.DRM(d), total,
			n[parser.Granted], n[parser.Refused], n[parser.Failed], n[parser.Gateway], 100*float64(n[parser.Granted])/float64(total))
	}
	t.Flush()
	if !some {
		fmt.Fprintln(w, "  none (no access-log record of a licence path)")
	}
}

func (a *Report) writeExtras(w io.Writer) {
	all := a.occurred()
	fmt.Fprintln(w, "\nExtra codes")
	if len(all) == 0 {
		fmt.Fprintln(w, "  none (to see why a number does not count: wvwatch parse --explain < FILE)")
		return
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  drm\tcode\toccurrences\tincidents\tcategory\tfirst\tlast\tmeaning")
	categories := map[string]uint64{}
	for _, x := range all {
		code := fmt.Sprint(x.Entry.Code)
		if x.Entry.Code == 0 {
			code = "other"
		}
		meaning := x.Entry.Description
		if meaning == "" {
			meaning = "(in no table)"
		}
		fmt.Fprintf(t, "  %s\t%s\t%11d\t%9d\t%s\t%s\t%s\t%s\n", x.Entry.DRM, code, x.Occurrences, x.Incidents, x.Entry.Category,
			x.First.Format(time.DateTime), x.Last.Format(time.DateTime), meaning)
		categories[x.Entry.Category] += x.Occurrences
	}
	t.Flush()
	fmt.Fprintln(w, "\nCategories")
	names := make([]string, 0, len(categories))
	for c := range categories {
		names = append(names, c)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(categories[y], categories[x]), cmp.Compare(x, y))
	})
	t = tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, c := range names {
		fmt.Fprintf(t, "  %s\t%11d\n", c, categories[c])
	}
	t.Flush()
}

// sliceSteps are the widths of a time slice; the narrowest that gives at most
// maxSlices is taken.
var sliceSteps = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

const maxSlices = 24

func (a *Report) writeSlices(w io.Writer) {
	if len(a.minutes) == 0 {
		return
	}
	first, last := int64(1<<62), int64(-1<<62)
	for m := range a.minutes {
		first, last = min(first, m), max(last, m)
	}
	step := sliceSteps[len(sliceSteps)-1]
	for _, s := range sliceSteps {
		if n := int64(s / time.Minute); last/n-first/n < maxSlices {
			step = s
			break
		}
	}
	width := int64(step / time.Minute)
	for last/width-first/width >= maxSlices { // years of logs
		width *= 2
	}
	counts := make([]int, last/width-first/width+1)
	for m, n := range a.minutes {
		counts[m/width-first/width] += n
	}
	most := slices.Max(counts)
	fmt.Fprintf(w, "\nOver time (%s a row)\n", strings.TrimSuffix(strings.TrimSuffix((time.Duration(width)*time.Minute).String(), "0s"), "0m"))
	for i, n := range counts {
		at := time.Unix((first/width+int64(i))*width*60, 0)
		fmt.Fprintf(w, "  %s  %8d  %s\n", at.Format("2006-01-02 15:04"), n, strings.Repeat("█", (n*40+most-1)/most))
	}
}

// Exposition writes the counts as a scrape of the daemon would show them.
func (a *Report) Exposition(w io.Writer) error {
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(metrics.NewCollector(a.ledger, metrics.CollectorOptions{Final: true}))
	families, err := reg.Gather()
	if err != nil {
		return err
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return nil
}
