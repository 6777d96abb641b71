package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"wvwatch/internal/daemon"

	"github.com/spf13/cobra"
)

// version is set only by the linker, in packages (-ldflags "-X main.version=1.2.3").
var version string

// thisBuild returns what the linker and the checkout recorded in this binary.
func thisBuild() daemon.Build {
	b := daemon.Build{Version: version, Commit: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	var modified bool
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified {
		b.Commit += " with changes"
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	return b
}

func newVersionCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit and Go version",
		Example: `  wvwatch version --format json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			switch format {
			case "text":
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "wvwatch %s\ncommit %s\n%s\n", b.Version, b.Commit, b.Go)
				return err
			case "json":
				return json.NewEncoder(cmd.OutOrStdout()).Encode(b)
			}
			return usageError{fmt.Errorf("unknown format %q: text or json", format)}
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
	return cmd
}
