//go:build !man

package main

import "github.com/spf13/cobra"

// moreCmds has the commands of special builds.
func moreCmds() []*cobra.Command { return nil }
