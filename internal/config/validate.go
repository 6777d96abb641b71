package config

import (
	"fmt"
	"slices"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// validate returns every fault of c: the packages' own, then what only the
// whole can show.
func (c *Config) validate() fault.List {
	var fs fault.List
	if len(c.Sources) == 0 {
		fs.AddFix("sources", "write what to follow, such as [{name: proxy, files: [/var/log/licence-proxy/*.log]}]", "no source")
	}
	first := map[string]int{}
	for i, s := range c.Sources {
		path := fmt.Sprintf("sources[%d]", i)
		validateInput(c, &fs, i)
		fs.Under(path, s.Parse.Validate())
		if j, ok := first[s.Tail.Name]; ok && s.Tail.Name != "" {
			fs.Add(path+".name", "sources[%d] is named %s already: the name tells the sources' series apart", j, fault.Quote(s.Tail.Name))
		} else {
			first[s.Tail.Name] = i
		}
	}
	validatePaths(c, &fs)
	validateAddresses(c, &fs)
	cat, err := codes.Load(c.Codes)
	fs.Under("codes.overlay", err)
	if err != nil { // its own codes are missing then: what refers to them may be reported too
		cat, err = codes.Load(codes.Config{})
		fs.Under("", err)
	}
	fs.Under("metrics", c.Metrics.Validate())
	fs.Under("blame", c.Blame.Validate(c.labels()))
	validateLabels(c, &fs)
	fs.Under("spool", c.Spool.Validate())
	fs.Under("state", c.State.Validate())
	validateGroup(c, &fs)
	fs.Under("", alert.ValidateExternalLabels(c.ExternalLabels))
	fs.Under("notify", c.Notify.Validate())
	fs.Under("web", c.Web.Validate())
	fs.Under("log", c.Log.Validate())
	if cat != nil {
		validateCost(c, &fs, cat.Len())
		fs.Under("", alert.ValidateWith(c.Alerts, cat, c.names(), alert.Settings{ExternalLabels: c.ExternalLabels}))
		fs.Under("", alert.ValidateMutes(c.Mute, c.Alerts, cat, c.ExternalLabels))
	}
	for i, r := range c.Alerts {
		for j, by := range r.By {
			if j == 0 && by != alert.ByCategory && !slices.Contains(c.Metrics.Labels, by) {
				fs.AddFix(fmt.Sprintf("alerts[%d].by[%d]", i, j), "add it to metrics.labels", "%s is not counted by", fault.Quote(by))
			}
		}
	}
	return fs
}

// validateInput wants exactly one input in the source, and one reader of standard input.
func validateInput(c *Config, fs *fault.List, i int) {
	s, path := &c.Sources[i], fmt.Sprintf("sources[%d]", i)
	kind := s.Input.Kind()
	switch {
	case s.Kubernetes != nil:
		validateKubernetes(c, fs, i, path)
		return
	case kind == "":
		fs.Under(path, s.Tail.Validate())
		return
	}
	fs.Under(path, s.Input.Validate())
	if s.Tail.Name == "" {
		fs.AddFix(path+".name", "give the source a short name, it becomes the label \"source\"", "empty")
	}
	if len(s.Tail.Files) > 0 {
		fs.AddFix(path+".files", "give each input a source of its own", "the source has %s already", kind)
	}
	if j := slices.IndexFunc(c.Sources, func(o Source) bool { return o.Input.Stdin }); s.Input.Stdin && j < i {
		fs.Add(path+".stdin", "sources[%d] reads standard input already", j)
	}
}

// maxLabelProduct bounds what one label could come to: far more than are counted.
const maxLabelProduct = 10_000_000

// validateCost refuses a limit that one label alone makes absurd.
func validateCost(c *Config, fs *fault.List, codes int) {
	n := len(c.names())
	if product := c.Metrics.LabelLimit * codes * n; len(c.Metrics.Labels) > 0 && product > maxLabelProduct {
		fs.AddFix("metrics.label_limit", "lower it", "%d values for %d codes of %d sources are %d series: %d at most, and %d are counted",
			c.Metrics.LabelLimit, codes, n, product, maxLabelProduct, metrics.MaxSeries)
	}
}

// validateLabels wants each label counted by, or compared for the verdict, and its value found somewhere.
func validateLabels(c *Config, fs *fault.List) {
	found := []string{"tenant"}
	for i, s := range c.Sources {
		for j, l := range s.Parse.Labels {
			found = append(found, l.Name)
			if !slices.Contains(c.Metrics.Labels, l.Name) && !slices.Contains(c.Blame.Dimensions, l.Name) && parser.CheckLabel(l.Name) == nil {
				fs.AddFix(fmt.Sprintf("sources[%d].labels[%d].name", i, j), "add it to metrics.labels, or to blame.dimensions for the verdict alone", "%s is not counted by", fault.Quote(l.Name))
			}
			if kind := s.Input.Kind(); l.File != "" && kind != "" {
				fs.AddFix(fmt.Sprintf("sources[%d].labels[%d].file", i, j), "use value, path or regex", "the source has %s and no files", kind)
			}
		}
	}
	for i, name := range c.Metrics.Labels {
		if !slices.Contains(found, name) && parser.CheckLabel(name) == nil {
			fs.AddFix(fmt.Sprintf("metrics.labels[%d]", i), fmt.Sprintf("add labels: [{name: %s, path: ...}] to one", name), "no source has a value for %s", fault.Quote(name))
		}
	}
}

// names returns the names of the sources.
func (c *Config) names() []string {
	var names []string
	for _, s := range c.Sources {
		if !slices.Contains(names, s.Tail.Name) {
			names = append(names, s.Tail.Name)
		}
	}
	return names
}

// labels returns the names of the labels that sources have.
func (c *Config) labels() (names []string) {
	for _, s := range c.Sources {
		for _, l := range s.Parse.Labels {
			if !slices.Contains(names, l.Name) {
				names = append(names, l.Name)
			}
		}
	}
	return names
}
