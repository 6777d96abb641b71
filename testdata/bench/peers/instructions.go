package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// How many records of a corpus are read to count the instructions of one: the second
// less the first, so that the start of the program does not count.
const (
	fewRecords  = 1000
	manyRecords = 6000
)

// slack is how far a count may be above its budget: twenty times what two runs differ by.
const slack = 1.05

//go:embed instructions.tsv
var instructionBudgets string

// instructions counts the processor's instructions for a record of each corpus and
// shape, as valgrind sees them, and returns an error where one has become dearer. They
// are the same on a busy machine; a new version of Go or another kind of processor
// changes them, and then the table.
func (b *bench) instructions(ctx context.Context) error {
	if _, err := exec.LookPath("valgrind"); err != nil {
		fmt.Fprintln(b.out, "\nvalgrind is not installed here: no instructions are counted.")
		return nil //nolint:nilerr // what is not there is left out
	}
	few, many, err := b.counted(ctx)
	if err != nil {
		return err
	}
	budgets := readBudgets(instructionBudgets)
	fmt.Fprint(b.out, "\n| corpus | instructions a record | budget | x |\n|---|---|---|---|\n")
	var dearer []error
	for i := range few {
		first, err := b.countInstructions(ctx, few[i].file)
		if err != nil {
			return err
		}
		second, err := b.countInstructions(ctx, many[i].file)
		if err != nil {
			return err
		}
		name, cost := few[i].kind, (second-first)/(manyRecords-fewRecords)
		budget, ok := budgets[name]
		if !ok {
			return fmt.Errorf("no budget for %q in testdata/bench/peers/instructions.tsv: a record takes %d instructions", name, cost)
		}
		fmt.Fprintf(b.out, "| %s | %d | %d | %.2f |\n", name, cost, budget, float64(cost)/float64(budget))
		if float64(cost) > slack*float64(budget) {
			dearer = append(dearer, fmt.Errorf("%s: a record takes %d instructions, %d were enough", name, cost, budget))
		}
	}
	if dearer != nil {
		return fmt.Errorf("%w\nmake it cheaper, or say in the commit why it is worth it and change testdata/bench/peers/instructions.tsv", errors.Join(dearer...))
	}
	return nil
}

// counted returns the corpora and the shapes of the first, with few and with many records.
func (b *bench) counted(ctx context.Context) (few, many []corpus, err error) {
	for i, all := range [...]*[]corpus{&few, &many} {
		lines := [...]int{fewRecords, manyRecords}[i]
		for _, kind := range kinds() {
			c, err := b.corpusOf(ctx, kind, lines)
			if err != nil {
				return nil, nil, err
			}
			*all = append(*all, c)
		}
		for _, s := range shapes()[1:] {
			c, err := b.reshape(ctx, (*all)[0], s)
			if err != nil {
				return nil, nil, err
			}
			*all = append(*all, c)
		}
	}
	return few, many, nil
}

var instructionRefs = regexp.MustCompile(`I\s+refs:\s+([0-9,]+)`)

func (b *bench) countInstructions(ctx context.Context, file string) (int, error) {
	cmd := exec.CommandContext(ctx, "valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
		b.wvwatch, "analyze", "--format", "json", file)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off") // the collector's work is not the same twice
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", cmd, err, stderr.String())
	}
	m := instructionRefs.FindSubmatch(stderr.Bytes())
	if m == nil {
		return 0, fmt.Errorf("valgrind counts nothing: %s", stderr.String())
	}
	return strconv.Atoi(strings.ReplaceAll(string(m[1]), ",", ""))
}

// readBudgets reads lines of a name, a tab and a number.
func readBudgets(table string) map[string]int {
	budgets := make(map[string]int)
	for line := range strings.Lines(table) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if n, err := strconv.Atoi(number); err == nil {
			budgets[name] = n
		}
	}
	return budgets
}
