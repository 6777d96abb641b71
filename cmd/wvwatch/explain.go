package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"wvwatch/internal/codes"
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
			return cat.Explain(cmd.OutOrStdout(), numbers)
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
