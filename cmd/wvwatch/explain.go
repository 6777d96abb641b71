package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
	"wvwatch/internal/humanize"
)

func newExplainCmd() *cobra.Command {
	var cfg codes.Config
	cmd := &cobra.Command{
		Use:   "explain CODE...",
		Short: "Tell what a code means, to whom, and where to look",
		Long: `Tell what a code means: for every licence server that has the number its
description, category, severity, owner, outcome and a hint where to look first;
and who else uses the same number for something else.`,
		Example: `  wvwatch explain 4025
  wvwatch explain 1007 6007`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("explain needs a code: for instance wvwatch explain 4025")}
			}
			_, err := parseCodes(args)
			return err
		},
		ValidArgsFunction: func(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return codeCompletions(cfg), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := parseCodes(args)
			if err != nil {
				return err
			}
			cat, err := codes.Load(cfg)
			if err != nil {
				return err
			}
			return explain(cmd.OutOrStdout(), cat, numbers)
		},
	}
	overlayFlag(cmd, &cfg)
	return cmd
}

// parseCodes reads the arguments of wvwatch explain.
func parseCodes(args []string) ([]int, error) {
	numbers := make([]int, 0, len(args))
	for _, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil || n < codes.MinCode || n > codes.MaxCode {
			return nil, usageError{fmt.Errorf("bad code %q: a whole number from %d to %d", arg, codes.MinCode, codes.MaxCode)}
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// explain writes what is known of each number. It returns an error for unknown
// numbers, after the others have been explained.
func explain(w io.Writer, cat *codes.Catalogue, numbers []int) error {
	var b strings.Builder
	var unknown []string
	for _, n := range numbers {
		entries, others := known(cat, n), cat.Collisions(n)
		if len(entries)+len(others) == 0 {
			unknown = append(unknown, strconv.Itoa(n))
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		writeExplanation(&b, n, entries, others)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if len(unknown) > 0 {
		return fmt.Errorf("nothing is known of %s: no server's list has it; wvwatch codes prints the lists, --overlay adds to them",
			strings.Join(unknown, ", "))
	}
	return nil
}

// known returns the entries of all servers for a number, also of one that is in
// no list but was seen in the field.
func known(cat *codes.Catalogue, number int) []codes.Entry {
	var entries []codes.Entry
	for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
		if e := cat.Resolve(d, number); e.Listed || e.Description != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

func writeExplanation(b *strings.Builder, number int, entries []codes.Entry, others []codes.Collision) {
	if len(entries) == 0 {
		fmt.Fprintf(b, "%d is no licence server's code\n", number)
	}
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeColumns(b, 0, len("4025 playready"), fmt.Sprintf("%d %s", e.Code, e.DRM), e.Description)
		for _, field := range [][2]string{
			{"category", e.Category},
			{"severity", e.Severity},
			{"owner", e.Owner},
			{"outcome", e.Outcome},
			{"family", e.Family},
			{"hint", e.Hint},
		} {
			if field[1] != "" {
				writeColumns(b, len("4025 "), len("playready"), field[0], field[1])
			}
		}
	}
	if len(others) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%d also means something else to others:\n", number)
	width := 0
	for _, o := range others {
		width = max(width, utf8.RuneCountInString(o.System))
	}
	for _, o := range others {
		writeColumns(b, 2, min(width, 44), o.System, o.Meaning)
	}
}

// writeColumns writes two texts side by side, each wrapped within its column.
func writeColumns(b *strings.Builder, indent, width int, left, right string) {
	l, r := humanize.Wrap(left, width), humanize.Wrap(right, humanize.Width-indent-width-2)
	for i := range max(len(l), len(r)) {
		var ls, rs string
		if i < len(l) {
			ls = l[i]
		}
		if i < len(r) {
			rs = r[i]
		}
		pad := max(width-utf8.RuneCountInString(ls), 0)
		line := strings.Repeat(" ", indent) + ls + strings.Repeat(" ", pad+2) + rs
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
}

// codeCompletions offers every listed number with its first server's text.
func codeCompletions(cfg codes.Config) []cobra.Completion {
	cat, err := codes.Load(cfg)
	if err != nil {
		return nil
	}
	var offers []cobra.Completion
	for n := codes.MinCode; n <= codes.MaxCode; n++ {
		if cat.Known(n) {
			e := cat.ByCode(n)[0]
			offers = append(offers, cobra.CompletionWithDesc(strconv.Itoa(n), fmt.Sprintf("%s: %s", e.DRM, e.Description)))
		}
	}
	return offers
}
