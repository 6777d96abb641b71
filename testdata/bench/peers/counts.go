package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// counts is what a log holds: "lines", "code widevine 4006", "request widevine
// granted" and how often. What there is none of is left out.
type counts map[string]int

func (c counts) lines() int { return c["lines"] }

// times returns the counts of the same log read n times over.
func (c counts) times(n int) counts {
	all := make(counts)
	for what, count := range c {
		all[what] = n * count
	}
	return all
}

// codes returns the counts of the codes alone, whatever server they are from:
// "code 4006".
func (c counts) codes() counts {
	sums := make(counts)
	for what, n := range c {
		if f := strings.Fields(what); f[0] == "code" {
			sums["code "+f[len(f)-1]] += n
		}
	}
	return sums
}

// differs returns an error that names the first difference from the truth.
func (c counts) differs(truth counts) error {
	if maps.Equal(c, truth) {
		return nil
	}
	names := slices.Sorted(maps.Keys(truth))
	names = append(names, slices.Sorted(maps.Keys(c))...)
	for _, what := range names {
		if c[what] != truth[what] {
			return fmt.Errorf("wrong count: %d of %q, the truth is %d", c[what], what, truth[what])
		}
	}
	return nil
}

// readTruth reads the generator's table: what, drm, value, count.
func readTruth(table []byte) (counts, error) {
	truth := make(counts)
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "what" {
			continue
		}
		n, err := strconv.Atoi(f[len(f)-1])
		if err != nil || len(f) != 4 {
			return nil, fmt.Errorf("bad line in the truth: %q", line)
		}
		if f[0] == "lines" {
			truth["lines"] = n
		} else if n > 0 {
			truth[strings.Join(f[:3], " ")] = n
		}
	}
	return truth, nil
}

// readReport reads what analyze --format json prints.
func readReport(report []byte) (counts, error) {
	var r struct {
		Lines    int
		Requests []struct {
			DRM, Outcome string
			Count        int
		}
		Extras []struct {
			DRM               string
			Code, Occurrences int
		}
	}
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, err
	}
	c := counts{"lines": r.Lines}
	for _, q := range r.Requests {
		c["request "+q.DRM+" "+q.Outcome] += q.Count
	}
	for _, x := range r.Extras {
		c[fmt.Sprintf("code %s %d", x.DRM, x.Code)] += x.Occurrences
	}
	return c, nil
}

// exposition is a scrape in Prometheus' text format.
type exposition string

// counts returns what the scrape of a daemon counted.
func (e exposition) counts() counts {
	c := counts{"lines": int(e.sum("wvwatch_lines_total"))}
	for name, what := range map[string][2]string{
		"drm_extras_total":           {"code", "code"},
		"drm_licence_requests_total": {"request", "outcome"},
	} {
		e.each(name, func(labels map[string]string, value float64) {
			if value > 0 {
				c[what[0]+" "+labels["drm"]+" "+labels[what[1]]] += int(value)
			}
		})
	}
	return c
}

// sum adds up the values of a metric.
func (e exposition) sum(name string) (sum float64) {
	e.each(name, func(_ map[string]string, value float64) { sum += value })
	return sum
}

// each calls f for each series of a metric. Values of labels with escapes in them
// are of no interest here.
func (e exposition) each(name string, f func(labels map[string]string, value float64)) {
	label := regexp.MustCompile(`(\w+)="([^"]*)"`)
	for line := range strings.Lines(string(e)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		at := strings.LastIndexByte(rest, ' ')
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[at:]), 64)
		if err != nil {
			continue
		}
		labels := make(map[string]string)
		for _, m := range label.FindAllStringSubmatch(rest[:at], -1) {
			labels[m[1]] = m[2]
		}
		f(labels, value)
	}
}
