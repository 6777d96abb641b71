package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
)

// codesFormats are the output formats of wvwatch codes.
func codesFormats() []string { return []string{"table", "json", "tsv"} }

func newCodesCmd() *cobra.Command {
	var drm, format string
	var cfg codes.Config
	cmd := &cobra.Command{
		Use:   "codes",
		Short: "List the codes of all licence servers",
		Long: `List the codes of all licence servers, with the overlay file laid over them.

The table leaves out owner, outcome and hint; tsv and json have every field, and
wvwatch explain CODE tells all there is about a number.`,
		Example: `  wvwatch codes --drm widevine
  wvwatch codes --format tsv | cut -f 1,2,5`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("codes takes no arguments, got %q: for one number use wvwatch explain %s", args[0], args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(codesFormats(), format) {
				return usageError{fmt.Errorf("unknown format %q: one of %s", format, strings.Join(codesFormats(), ", "))}
			}
			only := codes.Unknown
			if drm != "" {
				var err error
				if only, err = codes.ParseDRM(drm); err != nil {
					return usageError{err}
				}
			}
			cat, err := codes.Load(cfg)
			if err != nil {
				return err
			}
			var entries []codes.Entry
			for i := range cat.Len() {
				if e := cat.At(i); only == codes.Unknown || e.DRM == only {
					entries = append(entries, e)
				}
			}
			if len(entries) == 0 {
				return fmt.Errorf("no codes of %s are listed: its list is not public; add your own with --overlay", only)
			}
			return writeCodes(cmd.OutOrStdout(), format, entries)
		},
	}
	cmd.Flags().StringVar(&drm, "drm", "", "only this server's codes: widevine, playready, ssm, prm, ...")
	cmd.Flags().StringVar(&format, "format", "table", "table, json or tsv")
	overlayFlag(cmd, &cfg)
	complete := func(values []string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	// Registering fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("format", complete(codesFormats()))
	_ = cmd.RegisterFlagCompletionFunc("drm", complete(drmNames()))
	return cmd
}

// overlayFlag gives cmd the flag that names the user's overlay file.
func overlayFlag(cmd *cobra.Command, cfg *codes.Config) {
	cmd.Flags().StringVar(&cfg.Overlay, "overlay", "", "`FILE` of your own codes and judgements, as in codes.overlay of the configuration")
	_ = cmd.MarkFlagFilename("overlay", "yaml", "yml")
}

// drmNames returns the names of all licence servers.
func drmNames() []string {
	var names []string
	for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
		names = append(names, d.String())
	}
	return names
}

func writeCodes(w io.Writer, format string, entries []codes.Entry) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(entries)
	case "tsv":
		return writeCodesTSV(w, entries)
	default:
		return writeCodesTable(w, entries)
	}
}

func writeCodesTSV(w io.Writer, entries []codes.Entry) error {
	var b strings.Builder
	b.WriteString("drm\tcode\tdescription\tfamily\tcategory\tseverity\towner\toutcome\thint\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			e.DRM, e.Code, e.Description, e.Family, e.Category, e.Severity, e.Owner, e.Outcome, e.Hint)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCodesTable prints one line a code, so that grep finds whole entries; the
// description is the last column, since only its length has no bound.
func writeCodesTable(w io.Writer, entries []codes.Entry) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "DRM\tCODE\tSEVERITY\tCATEGORY\tDESCRIPTION\n")
	for _, e := range entries {
		fmt.Fprintf(tw, "%s\t%d\t%s\t%s\t%s\n", e.DRM, e.Code, e.Severity, e.Category, e.Description)
	}
	return tw.Flush()
}
