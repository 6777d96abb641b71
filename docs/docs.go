// Package docs holds the reference pages that the program itself quotes.
package docs

import _ "embed"

// Configuration is configuration.md: one row of a table for each key.
//
//go:embed configuration.md
var Configuration string
