package alert

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"wvwatch/internal/fault"
)

// Settings are what applies to all rules of an engine.
type Settings struct {
	// ExternalLabels are the identity of the daemon, on every alert that it
	// sends: two daemons must differ in one. A rule's own label of the same name
	// wins.
	ExternalLabels map[string]string
	// Mutes keep alerts from receivers at certain times.
	Mutes []MuteConfig
	// Verdicts puts the verdict into alerts.
	Verdicts bool
	// VerdictLabels adds the labels owner and verdict to alerts as they begin to fire.
	VerdictLabels bool
}

// instanceLabel names the daemon.
const instanceLabel = "instance"

// Identity returns external labels with the label instance, which is the host's
// name unless it is configured. It changes nothing of configured.
func Identity(configured map[string]string) map[string]string {
	labels := maps.Clone(configured)
	if labels == nil {
		labels = make(map[string]string)
	}
	if labels[instanceLabel] == "" {
		if host, err := os.Hostname(); err == nil {
			labels[instanceLabel] = host
		}
	}
	return labels
}

// ValidateExternalLabels reports every fault of external labels, joined, each
// with its path.
func ValidateExternalLabels(labels map[string]string) error {
	var fs fault.List
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if wrong := labelFault(name, labels[name]); wrong != "" {
			fs.Add("external_labels."+name, "%s", wrong)
		}
	}
	return fs.Err()
}

// labelFault returns the fault of a label of every alert, or "".
func labelFault(name, value string) string {
	switch {
	case slices.Contains(reserved(), name):
		return "is set by the daemon: choose another name"
	case !validName(name):
		return "not a label name: letters, digits and _ only, not beginning with a digit or __"
	case value == "":
		return "empty, which is the same as no label: give it a value or leave it out"
	case strings.Contains(value, "{{"):
		return "holds a template, but labels are the identity of an alert and are sent as they are: use an annotation"
	case strings.ContainsFunc(value, unicode.IsControl) || len(value) > 256:
		return "must be at most 256 bytes without control characters"
	}
	return ""
}

// identity writes labels in one form.
func identity(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%q=%q,", name, labels[name])
	}
	return b.String()
}
