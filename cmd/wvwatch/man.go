//go:build man

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// moreCmds has the command that writes the manual pages of a release. It has a
// build tag because the Markdown renderer it needs takes half a megabyte of every
// process that links it. The date of the pages is SOURCE_DATE_EPOCH where that is
// set, so that two builds of one commit write the same bytes.
func moreCmds() []*cobra.Command {
	return []*cobra.Command{{
		Use:   "man DIRECTORY",
		Short: "Write manual pages of all commands",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "wvwatch", Manual: "wvwatch"}, args[0])
		},
	}}
}
