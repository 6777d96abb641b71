// Package grafana holds the dashboards of wvwatch for Grafana.
//
// They are written by the mixin in deploy/mixin; the tests of testdata/deploy
// compare the two. The series that their panels query are exported by other
// packages and recorded by deploy/prometheus/daemon.rules.yml.
package grafana

import "embed"

//go:embed wvwatch-*.json
var files embed.FS

// Names returns the names of the dashboards; the first is for people on call.
func Names() []string { return []string{"licences", "daemon"} }

// Dashboard returns a dashboard by its name, as JSON for provisioning or import
// that ends with a line break. An unknown name is an error.
func Dashboard(name string) (string, error) {
	text, err := files.ReadFile("wvwatch-" + name + ".json")
	return string(text), err
}
