// Package runbooks holds the pages with what to do about an alert: one for
// each category of codes, and README.md over them. The daemon serves them, so
// that an alert's link works wherever there is no wiki.
package runbooks

import "embed"

// Pages are the Markdown files, by name.
//
//go:embed *.md
var Pages embed.FS
