package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// observed is a real daemon, ready, that follows an access log with every kind
// of answer, has an alert to raise, and a receiver that is not there.
type observed struct {
	t       *testing.T
	dir     string
	address string
	log     *os.File
}

func observe(t *testing.T) *observed {
	dir := t.TempDir()
	o := &observed{t: t, dir: dir, address: freePort(t)}
	var err error
	if o.log, err = os.Create(filepath.Join(dir, "access.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.log.Close() })
	config := write(t, dir, "config.yaml", fmt.Sprintf(`
sources: [{name: proxy, files: [%q]}, {name: edge, http: {listen: "127.0.0.1:0"}}]
metrics: {labels: [tenant]}
alerts: [{name: KeyManagerFailing, match: {categories: [key-manager]}, when: {per_minute: 6, over: 1m, spike: {sensitivity: page}}, by: [tenant]}]
mute: [{name: never, days: [mon], from: "00:00", to: "00:01"}]
notify: {webhook: {urls: ["http://%s/hook"]}}
state: {directory: %q, interval: 200ms}
web: {listen: [%q]}
`, o.log.Name(), freePort(t), filepath.Join(dir, "state"), o.address))
	start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, o.address)
	return o
}

// write logs requests: some are granted, one has no code of any table, and enough of
// them fail with one code to raise the alert.
func (o *observed) write() {
	for i, code := range []int{0, 0, 0, 0, 0, 0, 4025, 4006, 6999, 6007, 6007, 6007, 6007, 6007, 6007} {
		status, body := 200, ""
		if code != 0 {
			status, body = 400, fmt.Sprintf(`,"resp_body":"{\"errorCode\":%d,\"message\":\"m\"}"`, code)
		}
		if _, err := fmt.Fprintf(o.log, `{"@timestamp":"%s","request":"POST /T/wvls/v1/licenses HTTP/1.1","status":%d,"request_time":0.0%d%s}`+"\n",
			time.Now().Format(time.RFC3339Nano), status, i+1, body); err != nil {
			o.t.Error(err)
		}
	}
}

func (o *observed) scrape() (map[string]*dto.MetricFamily, error) {
	resp, err := http.Get("http://" + o.address + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(resp.Body)
}

// documented is a row of a table in docs/metrics.md: `name{labels}`, type.
var documented = regexp.MustCompile("(?m)^\\| `((?:drm|wvwatch)_[a-z_]+)(?:\\{([a-z_,]*)\\})?` \\| ([a-z]+) \\| [^|]{10,} \\| [^|]{10,} \\|$")

// TestMetricsDoc compares docs/metrics.md with what the daemon exports: names,
// types and labels, both ways.
func TestMetricsDoc(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real daemon")
	}
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, row := range documented.FindAllStringSubmatch(string(text), -1) {
		if _, ok := told[row[1]]; ok {
			t.Errorf("docs/metrics.md has two rows of %s", row[1])
		}
		told[row[1]] = row[3] + " {" + row[2] + "}"
	}
	if rows := strings.Count(string(text), "\n| `"); rows != len(told) {
		t.Errorf("docs/metrics.md has %d rows, of which %d are series with type, meaning and what to do", rows, len(told))
	}
	o := observe(t)
	o.write()
	eventually(t, "the series that docs/metrics.md tells of", func() error {
		families, err := o.scrape()
		if err != nil {
			return err
		}
		return sameSeries(told, exported(families))
	})
}

// exported returns type and labels of the daemon's own families by name.
func exported(families map[string]*dto.MetricFamily) map[string]string {
	seen := map[string]string{}
	for name, f := range families {
		if !strings.HasPrefix(name, "drm_") && !strings.HasPrefix(name, "wvwatch_") {
			continue
		}
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		seen[name] = strings.ToLower(f.GetType().String()) + " {" + strings.Join(slices.Sorted(maps.Keys(labels)), ",") + "}"
	}
	return seen
}

func sameSeries(told, seen map[string]string) error {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if got, ok := seen[name]; !ok {
			faults = append(faults, name+" is told of, but not exported")
		} else if got != told[name] {
			faults = append(faults, fmt.Sprintf("%s is told to be a %s, exported as a %s", name, told[name], got))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if _, ok := told[name]; !ok {
			faults = append(faults, fmt.Sprintf("%s, a %s, is exported, but not told of", name, seen[name]))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("docs/metrics.md:\n%s", strings.Join(faults, "\n"))
	}
	return nil
}
