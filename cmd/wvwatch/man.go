package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newManCmd writes the manual pages for packages. Their date is SOURCE_DATE_EPOCH
// where that is set, so that two builds of one commit write the same bytes.
func newManCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIRECTORY",
		Short:  "Write manual pages of all commands",
		Args:   cobra.ExactArgs(1),
		Hidden: true, // for who builds a package
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "wvwatch", Manual: "wvwatch"}, args[0])
		},
	}
}
