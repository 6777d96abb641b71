package detect

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// BenchmarkSpikeTable compares the detectors with the previous one and with
// common rules. It runs for some minutes.
func BenchmarkSpikeTable(b *testing.B) {
	for b.Loop() {
		w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		printCalm(w)
		printIncidents(w)
		printLasting(w)
		printGaps(w)
		printFleet(w)
		w.Flush()
	}
}

// printCalm prints false alarms: weeks in which nothing is wrong but football,
// devices, deploys and a month end.
func printCalm(w io.Writer) {
	fmt.Fprintln(w, "\nNothing wrong, after the first week\ncounted\tservice\tweeks\ttickets a week\tof them deploys, month ends\tothers a stream-day\tpages\tslow changes\tcauses")
	for _, rate := range []float64{0.02, 0.2, 2, 10} {
		r := run{service: service{seed: 1000, rate: rate}, seeds: 4, days: 35, since: 7, contestants: everybody()}
		if rate == 10 {
			r.seeds, r.days = 2, 28
		}
		printFalse(w, fmt.Sprintf("%v/s", rate), r)
	}
	ids := func(c counting) []contestant {
		return []contestant{{"", func(service) watcher { return newOurs(c, nil) }}}
	}
	profile, plays := ids(counting{false, ByClient}), ids(counting{true, ByClient})
	common := service{seed: 1200, rate: 2}
	common.share[challenge], common.share[keyManager], common.share[internalFault] = 0.0045, 0.0021, 0.0032
	for _, c := range []struct {
		name string
		run
	}{
		{"first week, 0.2/s, refusals", run{service: service{seed: 1000, rate: 0.2}, days: 7, contestants: profile}},
		{"first week, 2/s, refusals", run{service: service{seed: 1000, rate: 2}, days: 7, contestants: profile}},
		{"first week, 2/s", run{service: service{seed: 1000, rate: 2}, days: 7, contestants: plays}},
		{"matches at any hour, 0.2/s, refusals", run{service: service{seed: 1100, rate: 0.2, random: true}, days: 35, since: 7, contestants: profile}},
		{"matches at any hour, 2/s, refusals", run{service: service{seed: 1100, rate: 2, random: true}, days: 35, since: 7, contestants: profile}},
		{"end of summer time, 0.2/s, refusals", run{service: service{seed: 1100, rate: 0.2, start: autumn, zone: october}, days: 28, since: 7, contestants: profile}},
		{"chance alone, 2/s", run{service: service{seed: 1100, rate: 2, quiet: true}, days: 35, since: 7, contestants: plays}},
		{"chance alone, 2/s, refusals", run{service: service{seed: 1100, rate: 2, quiet: true}, days: 35, since: 7, contestants: profile}},
		{"2001 .45 %, 6007 .21 %, 6002 .32 %, 2/s", run{service: common, days: 10, contestants: plays}},
		{"the same, refusals", run{service: common, days: 10, contestants: profile}},
		{"correlation ids, 0.2/s", run{service: service{seed: 1100, rate: 0.2}, days: 35, since: 7, contestants: ids(counting{true, ByCorrelation})}},
		{"correlation ids, 2/s", run{service: service{seed: 1100, rate: 2}, days: 35, since: 7, contestants: ids(counting{true, ByCorrelation})}},
		{"no ids, 0.2/s", run{service: service{seed: 1100, rate: 0.2}, days: 35, since: 7, contestants: ids(counting{true, ByNothing})}},
		{"no ids, 2/s", run{service: service{seed: 1100, rate: 2}, days: 35, since: 7, contestants: ids(counting{true, ByNothing})}},
		{"no ids, 2/s, refusals", run{service: service{seed: 1100, rate: 2}, days: 35, since: 7, contestants: ids(counting{false, ByNothing})}},
		{"individuals, 0.2/s", run{service: service{seed: 1300, rate: 0.2}, people: true, days: 28, since: 7, contestants: everybody()[:4]}},
		{"individuals, 2/s", run{service: service{seed: 1300, rate: 2}, people: true, days: 28, since: 7, contestants: everybody()[:4]}},
	} {
		c.seeds = 4
		printFalse(w, c.name, c.run)
	}
}

func printFalse(w io.Writer, name string, r run) {
	for i, res := range r.hold() {
		wanted := res.false["deploy"] + res.false["month end"]
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%.2f\t%.2f\t%.4f\t%d\t%d\t%s\n", r.contestants[i].name, name, res.days/7,
			res.perWeek(res.falses()), res.perWeek(wanted),
			float64(res.falses("deploy", "month end"))/res.days/categories, res.pages, res.drifts, causes(res.false))
	}
}

func causes(m map[string]int) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, fmt.Sprintf("%d %s", m[k], k))
	}
	return strings.Join(list, ", ")
}

const incidentHead = "counted\tservice\tincident\tn\tmissed\tticket s, median/p95\tpaged\tpage s, median/p95\tall clear min, median/p95\talerts each"

// printIncidents prints what is found of incidents of some minutes.
func printIncidents(w io.Writer) {
	fmt.Fprintln(w, "\nIncidents at all hours of the day\n"+incidentHead)
	for _, rate := range []float64{2, 0.2, 0.02, 10} {
		r := run{service: service{seed: 2000, rate: rate}, seeds: 4, days: 35, since: 7, plan: spread(incidents()), contestants: everybody()}
		if rate == 10 {
			r.seeds, r.days = 2, 21
		}
		for i, res := range r.hold() {
			printFound(w, r.contestants[i].name, fmt.Sprintf("%v/s", rate), res)
		}
	}
	r := run{service: service{seed: 2100, rate: 2}, people: true, seeds: 4, days: 28, since: 7, plan: spread(incidents()), contestants: everybody()[:4]}
	for i, res := range r.hold() {
		printFound(w, r.contestants[i].name, "individuals, 2/s", res)
	}
}

func printFound(w io.Writer, name, service string, r *result) {
	for _, tr := range incidents() {
		if f := r.of(tr.name); f.n > 0 {
			fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%.0f\t%s\t%.0f\t%s\t%s\t%.2f\n", name, service, tr.name, f.n, f.missed,
				pair(f.tickets, 0), f.paged, pair(f.pages, 0), pair(f.clears, 1), f.alerts/(f.n-f.missed))
		}
	}
}

// pair writes median and 95th percentile.
func pair(values []float64, digits int) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f/%.*f", digits, quantile(values, 0.5), digits, quantile(values, 0.95))
}

// printLasting prints what becomes of troubles of days, and of a daemon that
// starts inside of one.
func printLasting(w io.Writer) {
	fmt.Fprintln(w, "\nLasting and slow\ncounted\tincident\tn\tmissed\tticket s\tpage s\tpart of it firing\talerts each\tall clear min\thours firing\tends\tslow change after h")
	list := append(lastings(), lasting{trouble{name: "x6 over 4 days", to: 10 * daySteps, factor: 6, in: []int{token}, ramp: 4 * daySteps}, 2, 11, 22})
	for _, l := range list {
		r := run{service: service{seed: 3000, rate: l.rate}, seeds: 6, days: l.days, since: 7, plan: once(l.trouble, l.day), contestants: everybody()[:4]}
		if l.day == 0 {
			r.since = 0
		}
		for i, res := range r.hold() {
			f := res.of(l.name)
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%s\t%s\t%.3f\t%.2f\t%s\t%s\t%s\t%s\n", r.contestants[i].name, l.name, f.n, f.missed, pair(f.tickets, 0), pair(f.pages, 0),
				f.firing/(f.n-f.missed), f.alerts/(f.n-f.missed), pair(f.clears, 1), pair(f.lasted, 1), ends(f.ends), pair(f.drifts, 0))
		}
	}
}

func ends(m map[End]int) string {
	var list []string
	for _, e := range slices.SortedFunc(maps.Keys(m), cmp.Compare) {
		list = append(list, fmt.Sprintf("%d %s", m[e], cmp.Or(e.String(), "none")))
	}
	return strings.Join(list, ", ")
}

// printGaps prints how silences and falls of the traffic are found.
func printGaps(w io.Writer) {
	fmt.Fprintln(w, "\nSources that are dead for 6 h once a week\nsource\tfalse in 84 days\tfound\tafter min, median/p95\tpage min")
	for _, l := range sources() {
		r := l.hold(12)
		fmt.Fprintf(w, "%s\t%.2f\t%d of %d\t%s\t%s\n", l.name, float64(r.false)/r.days*84, r.found, r.n, pair(r.delays, 0), pair(r.pages, 0))
	}
	fmt.Fprintln(w, "\nTraffic gone, 5 services of 28 days\nservice\tincident\tn\tpaged\tpage s, median/p95\tall clear min\talerts each\tfalse, all")
	for _, rate := range []float64{0.02, 0.2, 2, 10} {
		r := holdFalls(rate, 28)
		for _, tr := range falls() {
			f := r.of(tr.name)
			fmt.Fprintf(w, "%v/s\t%s\t%.0f\t%.0f\t%s\t%s\t%.2f\t%d\n", rate, tr.name, f.n, f.paged, pair(f.pages, 0), pair(f.clears, 1), f.alerts/f.paged, r.falses())
		}
	}
}

// The rest is the table in short, with room for chance.

func TestCalmServicesRaiseLittle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rate    float64
		people  bool
		perWeek [2]float64 // with requests, with refusals only
	}{{0.2, false, [2]float64{0.6, 0.8}}, {2, false, [2]float64{2, 2}}, {2, true, [2]float64{3, 3}}} {
		r := run{service: service{seed: 5000, rate: tt.rate}, people: tt.people, seeds: 1, days: 21, since: 7, contestants: everybody()[:2]}
		for i, res := range r.hold() {
			name := fmt.Sprintf("%s, %v/s, individuals %v", r.contestants[i].name, tt.rate, tt.people)
			if got := res.perWeek(res.falses()); got > tt.perWeek[i] {
				t.Errorf("%s: %.2f tickets a week (%s)", name, got, causes(res.false))
			}
			if res.pages > 1 || res.drifts > 1 {
				t.Errorf("%s: %d pages and %d slow changes for nothing", name, res.pages, res.drifts)
			}
		}
	}
}

func TestIncidentsAreFound(t *testing.T) {
	t.Parallel()
	r := run{service: service{seed: 5100, rate: 2}, seeds: 1, days: 35, since: 7, plan: spread(incidents()), contestants: everybody()[:2]}
	for i, res := range r.hold() {
		missed, n := 0.0, 0.0
		var clears, pages []float64
		for name, f := range res.found {
			if name == deployed {
				if f.paged > 0 {
					t.Errorf("%s: %.0f deploys page", r.contestants[i].name, f.paged)
				}
				continue
			}
			missed, n = missed+f.missed, n+f.n
			if f.alerts > 1.3*(f.n-f.missed)+1 {
				t.Errorf("%s: %.2f alerts for %s", r.contestants[i].name, f.alerts/(f.n-f.missed), name)
			}
			if strings.Contains(name, " all ") {
				clears, pages = append(clears, f.clears...), append(pages, f.pages...)
			}
		}
		if n < 70 || missed > 0.05*n {
			t.Errorf("%s: %.0f of %.0f missed", r.contestants[i].name, missed, n)
		}
		if m, p := quantile(clears, 0.5), quantile(clears, 0.95); !(m <= 3 && p <= 6) {
			t.Errorf("%s: total outages are over after %.1f/%.1f min", r.contestants[i].name, m, p)
		}
		if m, p := quantile(pages, 0.5), quantile(pages, 0.95); !(m <= 25 && p <= 40) {
			t.Errorf("%s: total outages page after %.0f/%.0f s", r.contestants[i].name, m, p)
		}
	}
}

func TestLastingTroubles(t *testing.T) {
	t.Parallel()
	for _, l := range lastings() {
		if l.rate != 1 && l.day > 0 && !strings.Contains(l.name, "2/s") {
			continue
		}
		r := run{service: service{seed: 5200, rate: l.rate}, seeds: 1, days: l.days, plan: once(l.trouble, l.day), contestants: everybody()[:1]}
		f := r.hold()[0].of(l.name)
		switch {
		case f.missed > 0:
			t.Errorf("%s: %.0f of %.0f missed", l.name, f.missed, f.n)
		case l.factor > 0:
			if f.ends[NewLevel] == 0 || quantile(f.lasted, 0.5) < 6 || quantile(f.lasted, 0.5) > 12 {
				t.Errorf("%s: %s after %v h", l.name, ends(f.ends), f.lasted)
			}
		case f.firing < 0.98*f.n-0.5*math.Max(0, 1-l.rate) || f.alerts > 2*f.n || l.share >= 0.5 && f.alerts > f.n:
			t.Errorf("%s: fires %.3f of the time in %.2f alerts", l.name, f.firing/f.n, f.alerts/f.n)
		}
	}
}

func TestSilencesAndFalls(t *testing.T) {
	t.Parallel()
	for _, l := range sources()[:2] {
		r := l.hold(3)
		if r.false > 1 || r.found < r.n {
			t.Errorf("%s: %d false, %d of %d found", l.name, r.false, r.found, r.n)
		}
	}
	for _, rate := range []float64{0.2, 2} {
		r := holdFalls(rate, 17)
		if r.falses() > 0 {
			t.Errorf("%v/s: %d falls of nothing", rate, r.falses())
		}
		f := r.of("90 % gone for 30 m")
		if f.n == 0 || f.paged < 0.8*f.n || f.alerts > 1.2*f.paged {
			t.Errorf("%v/s: %.0f of %.0f found, %.0f alerts", rate, f.paged, f.n, f.alerts)
		}
	}
}
