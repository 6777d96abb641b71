// Package prometheus holds what deploy/prometheus ships that the program and its tests
// use: the rules with which Prometheus watches the daemons, and how it scrapes a group.
package prometheus

import (
	_ "embed"
	"strings"
)

//go:embed daemon.rules.yml
var daemonRules string

// KafkaScrape is the scrape configuration of the daemons of one group, as YAML.
//
//go:embed kafka.scrape.yml
var KafkaScrape string

// ShippedRunbooks is the address of the runbooks in the shipped rules: the
// daemon's of deploy/compose.yaml, which ends with a slash.
const ShippedRunbooks = "http://wvwatch:9477/runbooks/"

// DaemonRules returns the rule file on the daemons, as YAML. Its links lead to
// runbooks, a URL, or to ShippedRunbooks where that is empty.
func DaemonRules(runbooks string) string {
	if runbooks == "" {
		return daemonRules
	}
	return strings.ReplaceAll(daemonRules, ShippedRunbooks, strings.TrimRight(runbooks, "/")+"/")
}
