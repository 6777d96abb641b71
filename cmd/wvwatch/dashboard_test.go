package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wvwatch/deploy/grafana"
	"wvwatch/deploy/prometheus"
)

// dashboardJSON is the part of a dashboard that the rules below are about.
type dashboardJSON struct {
	UID        string `json:"uid"`
	Editable   bool   `json:"editable"`
	Templating struct {
		List []struct {
			Name, Label, Type string
			Query             any
			Multi, IncludeAll bool
			AllValue          string
		}
	}
	Links  []dashboardLink
	Panels []dashboardPanel
}

type dashboardLink struct{ Title, URL string }

type dashboardPanel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Links                    []dashboardLink
	Collapsed                bool
	Panels                   []dashboardPanel // of a row that is collapsed
	Targets                  []struct {
		RefID, Expr, LegendFormat, Format string
		Datasource                        struct{ UID string }
	}
}

func readDashboard(t *testing.T, text string) dashboardJSON {
	t.Helper()
	var d dashboardJSON
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) == 0 {
		t.Fatal("the dashboard has no panels")
	}
	return d
}

// shippedDashboard returns a dashboard by its name.
func shippedDashboard(t *testing.T, name string) string {
	t.Helper()
	text, err := grafana.Dashboard(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// everyPanel returns the panels of a dashboard with those inside collapsed rows.
func (d dashboardJSON) everyPanel() (all []dashboardPanel) {
	for _, p := range d.Panels {
		all = append(append(all, p), p.Panels...)
	}
	return all
}

func TestDashboardIsPrinted(t *testing.T) {
	for _, args := range [][]string{{"dashboard"}, {"dashboard", "licences"}, {"dashboard", "daemon"}} {
		status, stdout, stderr := command(args...)
		if want := shippedDashboard(t, append(args, "licences")[1]); status != exitFine || stderr != "" || stdout != want {
			t.Errorf("%v: status %d, %d bytes, stderr %q", args, status, len(stdout), stderr)
		}
	}
	if status, _, stderr := command("dashboard", "x.json"); status != exitUsage || !strings.Contains(stderr, "redirect") {
		t.Errorf("with a file: status %d, stderr %q", status, stderr)
	}
}

// TestDashboardLint checks the dashboards by the rules of Grafana's own linter,
// and a few of ours.
func TestDashboardLint(t *testing.T) {
	uids := map[string]bool{}
	for _, name := range grafana.Names() {
		text := shippedDashboard(t, name)
		d := readDashboard(t, text)
		for _, fault := range dashboardFaults(d, text) {
			t.Errorf("%s: %s", name, fault)
		}
		if uids[d.UID] {
			t.Errorf("%s: uid %s twice", name, d.UID)
		}
		uids[d.UID] = true
	}
	// A row for each category is long: it opens when it is asked for.
	for _, p := range readDashboard(t, shippedDashboard(t, "licences")).Panels {
		if _, err := os.Stat(filepath.Join("../../docs/runbooks", strings.ToLower(strings.ReplaceAll(p.Title, " ", "-"))+".md")); err == nil && p.Type == "row" && !p.Collapsed {
			t.Errorf("row %q of a category is open", p.Title)
		}
	}
}

// The linter itself has to find each fault.
func TestDashboardFaultsAreSeen(t *testing.T) {
	for _, tt := range []struct{ dashboard, old, new, want string }{
		{"licences", `"type": "datasource"`, `"type": "custom"`, "no variable datasource"},
		{"licences", `"unit": "reqps"`, `"unit": ""`, "no unit"},
		{"licences", `"legendFormat": "{{category}}"`, `"legendFormat": ""`, "no legend"},
		{"daemon", `job=~\"$job\",`, ``, `job=~"$job"`},
		{"daemon", `[$__rate_interval]`, `[5m]`, "$__rate_interval"},
		{"licences", `"uid": "${datasource}"`, `"uid": "prometheus"`, "data source"},
		{"licences", `/key-manager.md`, `/key-managers.md`, "no runbook"},
		{"daemon", `instance=~\"$instance\"`, `instance=\"proxy1:9477\"`, "names a host"},
		{"licences", `drm:category_extras:rate5m`, `drm:no_such:rate5m`, "records no drm:no_such:rate5m"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			shipped := shippedDashboard(t, tt.dashboard)
			text := strings.ReplaceAll(shipped, tt.old, tt.new)
			if text == shipped {
				t.Fatalf("the dashboard does not have %s", tt.old)
			}
			if got := strings.Join(dashboardFaults(readDashboard(t, text), text), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("%q is not among the faults: %s", tt.want, got)
			}
		})
	}
}

var (
	seriesInQuery = regexp.MustCompile(`\b((?:drm|wvwatch|process|go|scrape)_[a-z_]+|(?:drm|wvwatch):[a-z_]+:[a-z0-9_]+)(\{[^}]*\})?`)
	rateWindow    = regexp.MustCompile(`\b(?:rate|increase|irate)\([^\[]*\[([^\]]*)\]`)
	hostPort      = regexp.MustCompile(`[a-z0-9.]+:\d{2,5}\b`)
	runbookLink   = regexp.MustCompile(`^\$\{runbooks\}/([a-z-]+|README)\.md$`)
)

// dashboardFaults returns what is wrong with a dashboard.
func dashboardFaults(d dashboardJSON, text string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if d.UID == "" || d.Editable {
		fault("a provisioned dashboard has a uid and is not editable")
	}
	if found := hostPort.FindString(text); found != "" {
		fault("names a host: %s", found)
	}
	types := map[string]string{"datasource": "datasource", "job": "query", "cluster": "query", "source": "query", "runbooks": "textbox"}
	recorded := prometheus.DaemonRules("")
	for _, v := range d.Templating.List {
		if types[v.Name] == v.Type {
			delete(types, v.Name)
		}
		all := ".+"
		if v.Name == "tenant" || v.Name == "cluster" {
			all = ".*" // also the series that have no such label
		}
		if v.Label == "" || v.Type == "query" && (!v.Multi || !v.IncludeAll || v.AllValue != all) {
			fault("variable %s: wants a label, many values and all as %s", v.Name, all)
		}
	}
	for name, kind := range types {
		fault("no variable %s of type %s", name, kind)
	}
	seen := map[string]bool{}
	for _, p := range d.everyPanel() {
		where := fmt.Sprintf("panel %d %q", p.ID, p.Title)
		for _, l := range p.Links {
			m := runbookLink.FindStringSubmatch(l.URL)
			if m == nil {
				fault("%s: link %q leads to no runbook", where, l.URL)
			} else if _, err := os.Stat(filepath.Join("../../docs/runbooks", m[1]+".md")); err != nil {
				fault("%s: no runbook %s.md", where, m[1])
			}
		}
		if id := fmt.Sprint("id ", p.ID); p.ID == 0 || seen[id] {
			fault("%s: its id is used twice", where)
		} else {
			seen[id] = true
		}
		if p.Type == "row" {
			continue
		}
		if p.Title == "" || len(p.Description) < 15 {
			fault("%s: no title or description", where)
		}
		if p.FieldConfig.Defaults.Unit == "" {
			fault("%s: no unit", where)
		}
		if p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			fault("%s: not of the variable data source, or without a query", where)
		}
		for _, q := range p.Targets {
			where := where + " query " + q.RefID
			if q.Datasource.UID != "${datasource}" {
				fault("%s: not of the variable data source", where)
			}
			if q.LegendFormat == "" && q.Format != "table" {
				fault("%s: no legend", where)
			}
			for _, m := range seriesInQuery.FindAllStringSubmatch(q.Expr, -1) {
				for _, matcher := range []string{`job=~"$job"`, `cluster=~"$cluster"`} {
					if !strings.Contains(m[2], matcher) {
						fault("%s: %s without %s", where, m[1], matcher)
					}
				}
				if strings.Contains(m[1], ":") && !strings.Contains(recorded, "record: "+m[1]+"\n") {
					fault("%s: daemon.rules.yml records no %s", where, m[1])
				}
			}
			for _, m := range rateWindow.FindAllStringSubmatch(q.Expr, -1) {
				if m[1] != "$__rate_interval" && q.Format != "table" {
					fault("%s: a rate over %s, not $__rate_interval", where, m[1])
				}
			}
		}
	}
	for _, panels := range append([][]dashboardPanel{d.Panels}, insideRows(d)...) {
		covered := map[string]bool{}
		for _, p := range panels {
			for _, cell := range gridCells(p) {
				if covered[cell] {
					fault("panel %q overlaps another at %s", p.Title, cell)
					break
				}
				covered[cell] = true
			}
		}
	}
	return faults
}

// insideRows returns the panels of each collapsed row: they have the grid to
// themselves when it opens.
func insideRows(d dashboardJSON) (rows [][]dashboardPanel) {
	for _, p := range d.Panels {
		if p.Collapsed {
			rows = append(rows, p.Panels)
		}
	}
	return rows
}

// gridCells are the squares of the grid that a panel covers.
func gridCells(p dashboardPanel) (cells []string) {
	for x := range p.GridPos.W {
		for y := range p.GridPos.H {
			cells = append(cells, fmt.Sprintf("%d,%d", p.GridPos.X+x, p.GridPos.Y+y))
		}
	}
	return cells
}

// TestDashboardShowsData runs every query of the dashboards against a real
// Prometheus that scraped the real daemon under a little traffic, and a second
// one that is not well, with the rules that the dashboards read.
func TestDashboardShowsData(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real daemon and a Prometheus")
	}
	prometheusBin := need(t, "prometheus")
	o, prom := observe(t), freePort(t)
	write(t, o.dir, "rules.yml", strings.NewReplacer("interval: 15s", "interval: 1s", "interval: 30s", "interval: 1s", "interval: 1m", "interval: 1s", "[5m]", "[15s]").Replace(prometheus.DaemonRules("")))
	start(t, o.dir, "prometheus", prometheusBin, "--config.file="+write(t, o.dir, "prom.yml", fmt.Sprintf(
		"global: {scrape_interval: 1s, scrape_timeout: 1s}\nrule_files: [rules.yml]\nscrape_configs:\n- job_name: watchers\n  static_configs: [{targets: [%q, %q], labels: {cluster: fra1}}]\n", o.address, newUnwell(t))),
		"--storage.tsdb.path="+filepath.Join(o.dir, "prom"), "--web.listen-address="+prom)

	// What Grafana puts in for the variables when everything is chosen.
	variables := strings.NewReplacer("$__rate_interval", "15s", "$job", ".+", "$cluster", ".*", "$instance", ".+", "$source", ".+", "$drm", ".+", "$tenant", ".*")
	empty := map[string]string{}
	for _, name := range grafana.Names() {
		for _, p := range readDashboard(t, shippedDashboard(t, name)).everyPanel() {
			for _, q := range p.Targets {
				expr := variables.Replace(q.Expr)
				if strings.Contains(expr, "$") {
					t.Errorf("%s: panel %q: unknown variable in %s", name, p.Title, expr)
				}
				empty[name+": "+p.Title+" "+q.RefID] = expr
			}
		}
	}
	queries := len(empty)
	began := time.Now()
	eventually(t, "data in every panel", func() error {
		o.write()
		var faults []string
		for name, expr := range empty {
			if n, err := countSeries(prom, expr); err != nil {
				faults = append(faults, fmt.Sprintf("%s: %v: %s", name, err, expr))
			} else if n == 0 {
				faults = append(faults, fmt.Sprintf("%s: no data: %s", name, expr))
			} else {
				delete(empty, name)
			}
		}
		if len(faults) > 0 {
			return fmt.Errorf("%d of %d queries:\n%s", len(faults), queries, strings.Join(faults, "\n"))
		}
		return nil
	})
	t.Logf("%d queries returned data within %.0f s", queries, time.Since(began).Seconds())
	for _, name := range grafana.Names() {
		for _, v := range readDashboard(t, shippedDashboard(t, name)).Templating.List {
			query, ok := v.Query.(map[string]any)
			if !ok {
				continue
			}
			m := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`).FindStringSubmatch(fmt.Sprint(query["query"]))
			if m == nil {
				t.Errorf("%s: variable %s: %v is no label_values", name, v.Name, query["query"])
				continue
			}
			if n, err := countSeries(prom, fmt.Sprintf("count by (%s) (%s) unless on (%[1]s) vector(0)", m[2], variables.Replace(m[1]))); err != nil || n == 0 {
				t.Errorf("%s: variable %s offers %d values: %v", name, v.Name, n, err)
			}
		}
	}
}

// newUnwell serves the metrics of an old daemon that is silent, has a backlog and
// loses bytes, and returns its address.
func newUnwell(t *testing.T) string {
	t.Helper()
	began := time.Now()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "wvwatch_build_info{goversion=\"go1.26\",revision=\"0\",version=\"0.0.1\"} 1\nwvwatch_last_read_timestamp_seconds{source=\"proxy\"} %d\n"+
			"wvwatch_lag_bytes{source=\"proxy\"} 4096\nwvwatch_lost_bytes_total{source=\"proxy\"} %d\n", began.Add(-time.Hour).Unix(), time.Since(began)/time.Millisecond)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// countSeries returns how many series a query returns that hold a number.
func countSeries(prom, query string) (n int, err error) {
	var answer struct {
		Status, Error string
		Data          struct{ Result []struct{ Value [2]any } }
	}
	if err := getJSON("http://"+prom+"/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return 0, err
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("Prometheus refuses it: %s", answer.Error)
	}
	for _, r := range answer.Data.Result {
		if r.Value[1] != "NaN" {
			n++
		}
	}
	return n, nil
}
