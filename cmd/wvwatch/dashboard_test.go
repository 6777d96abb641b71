package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wvwatch/deploy/grafana"
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

func TestDashboardIsPrinted(t *testing.T) {
	status, stdout, stderr := command("dashboard")
	if status != exitFine || stderr != "" || stdout != grafana.Dashboard() {
		t.Errorf("status %d, %d bytes, stderr %q", status, len(stdout), stderr)
	}
	if status, _, stderr := command("dashboard", "x.json"); status != exitUsage || !strings.Contains(stderr, "redirect") {
		t.Errorf("with an argument: status %d, stderr %q", status, stderr)
	}
}

// TestDashboardLint holds the dashboard to the rules of Grafana's own linter,
// and a few of ours.
func TestDashboardLint(t *testing.T) {
	text := grafana.Dashboard()
	for _, fault := range dashboardFaults(readDashboard(t, text), text) {
		t.Error(fault)
	}
}

// The linter itself has to see what it is there for.
func TestDashboardFaultsAreSeen(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{`"type": "datasource"`, `"type": "custom"`, "no variable datasource"},
		{`"unit": "reqps"`, `"unit": ""`, "no unit"},
		{`"legendFormat": "{{category}}"`, `"legendFormat": ""`, "no legend"},
		{`job=~\"$job\",`, ``, `job=~"$job"`},
		{`[$__rate_interval]`, `[5m]`, "$__rate_interval"},
		{`"uid": "${datasource}"`, `"uid": "prometheus"`, "data source"},
		{`/key-manager.md`, `/key-managers.md`, "no runbook"},
		{`instance=~\"$instance\"`, `instance=\"proxy1:9477\"`, "names a host"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			text := strings.ReplaceAll(grafana.Dashboard(), tt.old, tt.new)
			if text == grafana.Dashboard() {
				t.Fatalf("the dashboard does not hold %s", tt.old)
			}
			if got := strings.Join(dashboardFaults(readDashboard(t, text), text), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("%q is not among the faults: %s", tt.want, got)
			}
		})
	}
}

var (
	seriesInQuery = regexp.MustCompile(`\b((?:drm|wvwatch|process|go)_[a-z_]+)(\{[^}]*\})?`)
	rateWindow    = regexp.MustCompile(`\b(?:rate|increase|irate)\([^\[]*\[([^\]]*)\]`)
	hostPort      = regexp.MustCompile(`[a-z0-9.]+:\d{2,5}\b`)
	runbookLink   = regexp.MustCompile(`^\$\{runbooks\}/([a-z-]+|README)\.md$`)
)

// dashboardFaults says what is wrong with a dashboard.
func dashboardFaults(d dashboardJSON, text string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if d.UID == "" || d.Editable {
		fault("a provisioned dashboard has a uid and is not editable")
	}
	if found := hostPort.FindString(text); found != "" {
		fault("names a host: %s", found)
	}
	types := map[string]string{"datasource": "datasource", "job": "query", "instance": "query", "source": "query", "drm": "query", "tenant": "query", "runbooks": "textbox"}
	for _, v := range d.Templating.List {
		if types[v.Name] == v.Type {
			delete(types, v.Name)
		}
		all := ".+"
		if v.Name == "tenant" {
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
	for _, p := range d.Panels {
		where := fmt.Sprintf("panel %d %q", p.ID, p.Title)
		for _, l := range p.Links {
			m := runbookLink.FindStringSubmatch(l.URL)
			if m == nil {
				fault("%s: link %q leads to no runbook", where, l.URL)
			} else if _, err := os.Stat(filepath.Join("../../docs/runbooks", m[1]+".md")); err != nil {
				fault("%s: no runbook %s.md", where, m[1])
			}
		}
		for _, cell := range gridCells(p) {
			if seen[cell] {
				fault("%s: lies over another at %s", where, cell)
				break
			}
			seen[cell] = true
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
				for _, matcher := range []string{`job=~"$job"`, `instance=~"$instance"`} {
					if !strings.Contains(m[2], matcher) {
						fault("%s: %s without %s", where, m[1], matcher)
					}
				}
			}
			for _, m := range rateWindow.FindAllStringSubmatch(q.Expr, -1) {
				if m[1] != "$__rate_interval" {
					fault("%s: a rate over %s, not $__rate_interval", where, m[1])
				}
			}
		}
	}
	return faults
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

// TestDashboardShowsData runs every query of the dashboard against a real
// Prometheus that scraped the real daemon under a little traffic.
func TestDashboardShowsData(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real daemon and a Prometheus")
	}
	prometheusBin := need(t, "prometheus")
	o, prom := observe(t), freePort(t)
	start(t, o.dir, "prometheus", prometheusBin, "--config.file="+write(t, o.dir, "prom.yml", fmt.Sprintf(
		"global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: watchers\n  static_configs: [{targets: [%q]}]\n", o.address)),
		"--storage.tsdb.path="+filepath.Join(o.dir, "prom"), "--web.listen-address="+prom)

	// What Grafana puts in for the variables when everything is chosen.
	variables := strings.NewReplacer("$__rate_interval", "15s", "$job", ".+", "$instance", ".+", "$source", ".+", "$drm", ".+", "$tenant", ".*")
	empty := map[string]string{}
	d := readDashboard(t, grafana.Dashboard())
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			expr := variables.Replace(q.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("panel %q: unknown variable in %s", p.Title, expr)
			}
			empty[p.Title+" "+q.RefID] = expr
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
	t.Logf("%d queries of %d panels and rows returned data within %.0f s", queries, len(d.Panels), time.Since(began).Seconds())
	for _, v := range d.Templating.List {
		query, ok := v.Query.(map[string]any)
		if !ok {
			continue
		}
		m := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`).FindStringSubmatch(fmt.Sprint(query["query"]))
		if m == nil {
			t.Errorf("variable %s: %v is no label_values", v.Name, query["query"])
			continue
		}
		if n, err := countSeries(prom, fmt.Sprintf("count by (%s) (%s) unless on (%[1]s) vector(0)", m[2], variables.Replace(m[1]))); err != nil || n == 0 {
			t.Errorf("variable %s offers %d values: %v", v.Name, n, err)
		}
	}
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
