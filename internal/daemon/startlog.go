package daemon

import (
	"cmp"
	"strings"

	"wvwatch/internal/config"
)

// logStart logs the version, the files and the sources: the first thing to look for in the
// log of a daemon that does something unexpected. Sources of files are logged by the
// follower, after its first scan.
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
		}
	}
}
