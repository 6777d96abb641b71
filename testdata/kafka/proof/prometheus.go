package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	shipped "wvwatch/deploy/prometheus"
)

// prometheus is a real one, which scrapes every slot of the group.
type prometheus struct {
	*process
	url string
}

// scrapeConfig scrapes the targets of a group as deploy/prometheus does it: the counts
// have the group as their instance, the series of a process have its pod.
func scrapeConfig(targets string) string {
	_, relabelings, _ := strings.Cut(shipped.KafkaScrape, "    metric_relabel_configs:\n")
	return "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n  - job_name: wvwatch\n    static_configs:\n" + targets +
		"    metric_relabel_configs:\n" + relabelings
}

func startPrometheus(dir string, port int, g *group) (*prometheus, error) {
	var targets strings.Builder
	for i := range g.slots {
		fmt.Fprintf(&targets, "      - {targets: [\"127.0.0.1:%d\"], labels: {instance: %s, pod: \"%d\"}}\n", g.ports+i, group1, i)
	}
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(scrapeConfig(targets.String())), 0o600); err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	p, err := begin(filepath.Join(dir, "prometheus.log"), nil, "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+address)
	return &prometheus{p, "http://" + address}, err
}

// query returns the samples of an instant query by their labels.
func (p *prometheus) query(text string) (map[string]float64, error) {
	body, ok := get(p.url+"/api/v1/query?query="+url.QueryEscape(text), 30*time.Second)
	if !ok {
		return nil, fmt.Errorf("query %s: %s", text, body)
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for _, r := range answer.Data.Result {
		v, err := strconv.ParseFloat(r.Value[1].(string), 64)
		if err != nil {
			return nil, err
		}
		all[seriesName(r.Metric)] = v
	}
	return all, nil
}

// seriesName writes a series as an exposition does, without what a scrape adds.
func seriesName(labels map[string]string) string {
	var pairs []string
	for name, value := range labels {
		switch name {
		case "__name__", "job", "instance":
		default:
			pairs = append(pairs, fmt.Sprintf("%s=%q", name, value))
		}
	}
	sort.Strings(pairs)
	return labels["__name__"] + "{" + strings.Join(pairs, ",") + "}"
}

// compare compares every series with the truth of so many rounds, and adds up resets.
func (p *prometheus) compare(c *corpus, rounds int64, extra map[string]float64) (wrong []string, series int, resets float64, err error) {
	names := map[string]bool{}
	for s := range c.truth {
		name, _, _ := strings.Cut(s, "{")
		names[name] = true
	}
	for name := range names {
		got, err := p.query(fmt.Sprintf(`%s{source="%s"}`, name, source))
		if err != nil {
			return nil, 0, 0, err
		}
		for s, one := range c.truth {
			if n, _, _ := strings.Cut(s, "{"); n != name {
				continue
			}
			series++
			want := one*float64(rounds) + extra[s]
			if v, ok := got[s]; !ok || v != want {
				wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", s, v, want))
			}
			delete(got, s)
		}
		for s, v := range got {
			if v != extra[s] {
				wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", s, v, extra[s]))
			}
		}
		sum, err := p.query(fmt.Sprintf(`sum(resets(%s{source="%s"}[6h]))`, name, source))
		if err != nil {
			return nil, 0, 0, err
		}
		for _, v := range sum {
			resets += v
		}
	}
	sort.Strings(wrong)
	return wrong, series, resets, nil
}
