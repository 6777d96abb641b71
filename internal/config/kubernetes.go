package config

import (
	"slices"

	"wvwatch/internal/fault"
	"wvwatch/internal/parser"
)

// expandKubernetes gives sources of pods their files and labels, and counts by the
// labels. A source that has another input too is left for validation to report.
func (c *Config) expandKubernetes() {
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Kubernetes == nil || len(s.Tail.Files) > 0 || s.Input.Kind() != "" || s.Kubernetes.Validate() != nil {
			continue
		}
		s.Tail.Files = s.Kubernetes.Files()
		s.Tail.Exclude = append(slices.Clip(s.Tail.Exclude), s.Kubernetes.ExcludedFiles()...)
		for _, l := range s.Kubernetes.LabelConfigs() {
			if !slices.ContainsFunc(s.Parse.Labels, func(own parser.LabelConfig) bool { return own.Name == l.Name }) {
				s.Parse.Labels = append(s.Parse.Labels, l)
			}
			if !slices.Contains(c.Metrics.Labels, l.Name) {
				c.Metrics.Labels = append(c.Metrics.Labels, l.Name)
			}
		}
	}
}

// setPathLabels sets the labels of which no source reads a value from its records.
func (c *Config) setPathLabels() {
	c.Metrics.PathLabels = nil
	for _, name := range c.Metrics.Labels {
		found, inRecord := false, name == "tenant" // which is found without a label
		for _, s := range c.Sources {
			for _, l := range s.Parse.Labels {
				if l.Name == name {
					found, inRecord = true, inRecord || l.InRecord()
				}
			}
		}
		if found && !inRecord {
			c.Metrics.PathLabels = append(c.Metrics.PathLabels, name)
		}
	}
}

// validateKubernetes wants pods to be the only input of the source, and its labels to
// be right.
func validateKubernetes(c *Config, fs *fault.List, i int, path string) {
	s := &c.Sources[i]
	err := s.Kubernetes.Validate()
	fs.Under(path+".kubernetes", err)
	switch kind := s.Input.Kind(); {
	case kind != "":
		fs.AddFix(path+"."+kind, "give each input a source of its own", "the source has kubernetes already")
	case len(s.Tail.Files) > 0 && !slices.Equal(s.Tail.Files, s.Kubernetes.Files()):
		fs.AddFix(path+".files", "give each input a source of its own", "the source has kubernetes already")
	case err == nil:
		fs.Under(path, s.Tail.Validate())
	case s.Tail.Name == "":
		fs.AddFix(path+".name", "give the source a short name, it becomes the label \"source\"", "empty")
	}
}
