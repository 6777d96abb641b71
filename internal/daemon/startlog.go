package daemon

import (
	"cmp"
	"strings"

	"wvwatch/internal/config"
)

// logStart logs the version, the files and the sources: the first thing to look for in the
// log of a daemon that does something unexpected. Files are counted without waiting for
// them: a file system that hangs must not keep the daemon from starting.
func (d *Daemon) logStart(cfg *config.Config) {
	place := d.inputs.dir
	if d.group != nil {
		place = d.group.Topic()
	}
	d.log.Info("started", "component", "daemon", "version", d.build.Version, "commit", d.build.Commit, "go", d.build.Go,
		"config", cmp.Or(d.reloader.file, "none"), "state", place, "rules", len(cfg.Alerts), "receivers", len(d.notifier.Receivers()))
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if kind := s.Input.Kind(); kind != "" {
			var addresses []string
			for _, e := range s.Input.Endpoints() {
				addresses = append(addresses, e.Address)
			}
			d.log.Info("source", "component", "input", "source", s.Name(), "input", kind, "at", strings.Join(addresses, ", "))
			continue
		}
		go d.logFiles(s)
	}
}

// logFiles logs how many files a source matches.
func (d *Daemon) logFiles(s *config.Source) {
	files, err := s.Tail.Match()
	if err != nil {
		d.log.Warn("source: some files could not be looked at", "component", "tailer", "source", s.Name(), "err", err)
	}
	d.log.Info("source", "component", "tailer", "source", s.Name(), "patterns", strings.Join(s.Tail.Files, ", "), "files", len(files))
}
