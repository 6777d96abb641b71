package metrics

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/parser"
)

// Config sets what is counted beyond source, drm and code, and over which
// windows rates are exported.
type Config struct {
	Windows    []time.Duration `mapstructure:"windows" yaml:"windows"`         // each becomes a value of the label "window"
	Labels     []string        `mapstructure:"labels" yaml:"labels"`           // free dimensions: "tenant", and those that a source names
	LabelLimit int             `mapstructure:"label_limit" yaml:"label_limit"` // values a free dimension may have before the rest is "other"

	// AllCodes exports the listed codes of every server for every source. Without it
	// those of the servers in Servers are exported, and of others once anything of
	// theirs was met.
	AllCodes bool `mapstructure:"all_codes" yaml:"all_codes"`
	// Servers are the licence servers that sources are configured for; a source that
	// is not in it is for Widevine. It follows from other parts of the configuration.
	Servers map[string][]codes.DRM `mapstructure:"-" yaml:"-"`

	// LabelValues are the only values of some labels; what has another is "other".
	LabelValues []LabelValues `mapstructure:"label_values" yaml:"label_values"`

	// PathLabels are those of Labels that all sources take from the paths of
	// their files, or set. They are names that an operator chose, of any form.
	PathLabels []string `mapstructure:"-" yaml:"-"`

	// Blame follows from the section blame of the configuration.
	Blame BlameConfig `mapstructure:"-" yaml:"-"`
}

// LabelValues are the values that a label may have.
type LabelValues struct {
	Label  string   `mapstructure:"label" yaml:"label"`
	Values []string `mapstructure:"values" yaml:"values"`
}

// servers returns the licence servers of which a source's codes are exported from the
// beginning.
func (c Config) servers(source string) []codes.DRM {
	if c.AllCodes {
		var all []codes.DRM
		for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
			all = append(all, d)
		}
		return all
	}
	if list := c.Servers[source]; len(list) > 0 {
		return list
	}
	return []codes.DRM{codes.Widevine}
}

// valuesOf returns the only values of a label; nil where it may have any.
func (c Config) valuesOf(label string) []string {
	for _, v := range c.LabelValues {
		if v.Label == label {
			return v.Values
		}
	}
	return nil
}

// Series returns up to how many series of codes there are by the labels of c, for a
// number of codes and sources, and how many combinations of values that takes. Of more
// than MaxCombinations it counts one more.
func (c Config) Series(codes, sources int) (series, combinations uint64) {
	combinations = 1
	for _, l := range c.Labels {
		n := c.LabelLimit
		if values := c.valuesOf(l); values != nil {
			n = len(values)
		}
		combinations = min(combinations*uint64(n+2), MaxCombinations+1) // unknown and other, too
	}
	return combinations * uint64(codes) * uint64(sources), combinations
}

// MaxCombinations is how many combinations of label values are counted by name.
const MaxCombinations = maxTuples

// MaxSeries is how many series of codes are counted by label values; the rest has
// the value other in every label.
const MaxSeries = maxSeries

// Default returns windows of 1, 5 and 15 minutes, no labels and a limit of 100.
func Default() Config {
	return Config{Windows: []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}, LabelLimit: 100, Blame: DefaultBlame()}
}

const (
	labelTenant   = "tenant"
	maxWindows    = 10
	maxLabelLimit = 1_000
)

// Validate reports every fault of c, each with its path.
func (c Config) Validate() error {
	var fs fault.List

	if n := len(c.Windows); n > maxWindows {
		fs.AddFix("windows", fmt.Sprintf("give at most %d, for example [1m, 5m, 15m], or none for no rates", maxWindows), "%d of them", n)
	}
	for i, w := range c.Windows {
		switch {
		case w < Step || w > Retention:
			fs.Add(fmt.Sprintf("windows[%d]", i), "%s is not between %s and %s", w, windowLabel(Step), windowLabel(Retention))
		case w%Step != 0:
			fs.Add(fmt.Sprintf("windows[%d]", i), "%s is not a multiple of %s, the step in which windows are counted", w, windowLabel(Step))
		case i > 0 && w == c.Windows[i-1]:
			fs.AddFix(fmt.Sprintf("windows[%d]", i), "remove one", "%s is listed twice", windowLabel(w))
		case i > 0 && w < c.Windows[i-1]:
			fs.AddFix(fmt.Sprintf("windows[%d]", i), "list them from short to long", "%s is shorter than the one before", windowLabel(w))
		}
	}
	if n := len(c.Labels); n > maxLabels {
		fs.Add("labels", "%d of them: %d at most, each multiplies the series", n, maxLabels)
	}
	for i, l := range c.Labels {
		if err := parser.CheckLabel(l); err != nil {
			fs.Add(fmt.Sprintf("labels[%d]", i), "%v", err)
		} else if slices.Index(c.Labels, l) < i {
			fs.AddFix(fmt.Sprintf("labels[%d]", i), "remove one", "%q is listed twice", l)
		}
	}
	for i, v := range c.LabelValues {
		at := fmt.Sprintf("label_values[%d]", i)
		if !slices.Contains(c.Labels, v.Label) {
			fs.Add(at+".label", "%q is not in labels", v.Label)
		} else if slices.IndexFunc(c.LabelValues, func(o LabelValues) bool { return o.Label == v.Label }) < i {
			fs.Add(at+".label", "%q has values already", v.Label)
		}
		if n := len(v.Values); n == 0 || n > maxLabelLimit {
			fs.AddFix(at+".values", fmt.Sprintf("give 1 to %d", maxLabelLimit), "%d of them", n)
		}
		for j, value := range v.Values {
			if value == "" || value == Other || len(value) > parser.MaxLabelValue || !utf8.ValidString(value) || slices.Index(v.Values, value) < j {
				fs.Add(fmt.Sprintf("%s.values[%d]", at, j), "%q is empty, twice, longer than %d bytes, or %s", value, parser.MaxLabelValue, Other)
			}
		}
	}
	if c.LabelLimit < 1 || c.LabelLimit > maxLabelLimit {
		fs.Add("label_limit", "%d is not between 1 and %d", c.LabelLimit, maxLabelLimit)
	}
	return fs.Err()
}

// windowLabel writes a duration as the configuration does: 5m, not 5m0s.
func windowLabel(d time.Duration) string { return model.Duration(d).String() }
