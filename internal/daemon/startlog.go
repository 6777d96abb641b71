package daemon

import "strings"

// logStart says what runs: what a person looks for first in the log of a daemon that
// does not do what they expect.
func (d *Daemon) logStart() {
	file := d.options.File
	if file == "" {
		file = "none"
	}
	place := d.inputs.dir
	if d.group != nil {
		place = d.group.Topic()
	}
	d.log.Info("started", "component", "daemon", "version", d.options.Build.Version, "commit", d.options.Build.Commit, "go", d.options.Build.Go,
		"config", file, "state", place, "rules", len(d.config.Alerts), "receivers", len(d.notifier.Receivers()))
	for i := range d.config.Sources {
		s := &d.config.Sources[i]
		if kind := s.Input.Kind(); kind != "" {
			var addresses []string
			for _, e := range s.Input.Endpoints() {
				addresses = append(addresses, e.Address)
			}
			d.log.Info("source", "component", "input", "source", s.Name(), "input", kind, "at", strings.Join(addresses, ", "))
			continue
		}
		files, err := s.Tail.Match()
		if err != nil {
			d.log.Warn("source: some files could not be looked at", "component", "tailer", "source", s.Name(), "err", err)
		}
		d.log.Info("source", "component", "tailer", "source", s.Name(), "patterns", strings.Join(s.Tail.Files, ", "), "files", len(files))
	}
}
