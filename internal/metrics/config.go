package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"wvwatch/internal/parser"
)

// Config says what is counted beyond source, drm and code, and over which
// windows rates are exported.
type Config struct {
	Windows    []time.Duration `mapstructure:"windows" yaml:"windows"`         // each becomes a value of the label "window"
	Labels     []string        `mapstructure:"labels" yaml:"labels"`           // free dimensions: "tenant", and those that a source names
	LabelLimit int             `mapstructure:"label_limit" yaml:"label_limit"` // values a free dimension may have before the rest is "other"

	// LabelValues are the only values of some labels; what has another is "other".
	LabelValues []LabelValues `mapstructure:"label_values" yaml:"label_values"`

	// PathLabels are those of Labels whose values all sources take from the paths of
	// their files, or set. They are names that an operator chose, of any form.
	PathLabels []string `mapstructure:"-" yaml:"-"`
}

// LabelValues are the values that a label may have.
type LabelValues struct {
	Label  string   `mapstructure:"label" yaml:"label"`
	Values []string `mapstructure:"values" yaml:"values"`
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
// number of codes and sources, and how many combinations of values that takes; both
// without the bounds that hold however many it takes.
func (c Config) Series(codes, sources int) (series, combinations uint64) {
	combinations = 1
	for _, l := range c.Labels {
		n := c.LabelLimit
		if values := c.valuesOf(l); values != nil {
			n = len(values)
		}
		combinations = min(combinations*uint64(n+2), math.MaxUint32) // unknown and other, too
	}
	return combinations * uint64(codes) * uint64(sources), combinations
}

// MaxSeries is how many series of codes are counted by label values; the rest has
// the value other in every label.
const MaxSeries = maxCells

// Default returns windows of 1, 5 and 15 minutes, no labels and a limit of 100.
func Default() Config {
	return Config{Windows: []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}, LabelLimit: 100}
}

const (
	labelTenant   = "tenant"
	maxWindows    = 10
	maxLabelLimit = 1_000
)

// Validate reports every fault of c, each with its path.
func (c Config) Validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if n := len(c.Windows); n == 0 || n > maxWindows {
		fault("windows: %d of them: give 1 to %d, for example [1m, 5m, 15m]", n, maxWindows)
	}
	for i, w := range c.Windows {
		switch {
		case w < Step || w > Retention:
			fault("windows[%d]: %s is not between %s and %s", i, w, windowLabel(Step), windowLabel(Retention))
		case w%Step != 0:
			fault("windows[%d]: %s is not a multiple of %s, the step in which windows are counted", i, w, windowLabel(Step))
		case i > 0 && w == c.Windows[i-1]:
			fault("windows[%d]: %s stands there twice", i, windowLabel(w))
		case i > 0 && w < c.Windows[i-1]:
			fault("windows[%d]: %s is shorter than the one before: list them from short to long", i, windowLabel(w))
		}
	}
	if n := len(c.Labels); n > maxLabels {
		fault("labels: %d of them: %d at most, each multiplies the series", n, maxLabels)
	}
	for i, l := range c.Labels {
		if err := parser.CheckLabel(l); err != nil {
			fault("labels[%d]: %w", i, err)
		} else if slices.Index(c.Labels, l) < i {
			fault("labels[%d]: %q stands there twice", i, l)
		}
	}
	for i, v := range c.LabelValues {
		at := fmt.Sprintf("label_values[%d]", i)
		if !slices.Contains(c.Labels, v.Label) {
			fault("%s.label: %q is not in labels", at, v.Label)
		} else if slices.IndexFunc(c.LabelValues, func(o LabelValues) bool { return o.Label == v.Label }) < i {
			fault("%s.label: %q has values already", at, v.Label)
		}
		if n := len(v.Values); n == 0 || n > maxLabelLimit {
			fault("%s.values: %d of them: give 1 to %d", at, n, maxLabelLimit)
		}
		for j, value := range v.Values {
			if value == "" || value == Other || len(value) > parser.MaxLabelValue || !utf8.ValidString(value) || slices.Index(v.Values, value) < j {
				fault("%s.values[%d]: %q is empty, twice, longer than %d bytes, or %s", at, j, value, parser.MaxLabelValue, Other)
			}
		}
	}
	if c.LabelLimit < 1 || c.LabelLimit > maxLabelLimit {
		fault("label_limit: %d is not between 1 and %d", c.LabelLimit, maxLabelLimit)
	}
	return errors.Join(errs...)
}

// windowLabel writes a duration as the configuration does: 5m, not 5m0s.
func windowLabel(d time.Duration) string { return model.Duration(d).String() }
