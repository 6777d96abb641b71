// Package grafana holds the dashboard that Grafana shows of wvwatch.
//
// It promises that the JSON is what deploy/grafana ships, fit for import and
// for provisioning. What its panels ask for is exported by other packages; the
// commands' tests hold the two together.
package grafana

import _ "embed"

//go:embed wvwatch.json
var dashboard string

// Dashboard returns the dashboard as JSON, with a line end.
func Dashboard() string { return dashboard }
