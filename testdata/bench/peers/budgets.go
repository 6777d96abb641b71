package main

import "fmt"

// Names of budgets; the same for each kind of corpus are made by functions.
const (
	twoFiles       = "two json files on two cores, x the speed of one (wall)"
	peakMemory     = "peak memory of any of these, MiB"
	startTime      = "start to first scrape, empty backlog, ms"
	scrapeTime     = "scrape, 4 sources, all codes, 3 windows, ms"
	scrapeSize     = "its size, MB"
	checkpointTime = "checkpoint, an hour of dense log in it, ms"
	binarySize     = "binary, MB"
	hostileLine    = "the dearest hostile line, x a byte of plain JSON"
)

func analyzeOf(kind string) string     { return "`analyze`, " + kind + ", CPU-s per M lines" }
func runOf(kind string) string         { return "`run` catching up, " + kind + ", % of the speed of `analyze`" }
func allocationsOf(kind string) string { return "allocations per line, `run`, " + kind }
func idleCPU(files int) string         { return fmt.Sprintf("idle, %d files, %% of a core", files) }
func idleMemory(files int) string      { return fmt.Sprintf("idle, %d files, MiB", files) }
func steadyCPU(rate int) string        { return fmt.Sprintf("steady %d lines/s, %% of a core", rate) }
func shapeOf(shape string) string      { return shape + ", x a byte of plain JSON" }
func latencyOf(kind string) string     { return "written line to count on `/metrics`, " + kind + ", s" }

// reached holds what was measured, by the name of the budget.
type reached map[string]float64

// budget is what a figure must stay within; none is 0.
type budget struct {
	name      string
	must, aim float64
	atLeast   bool // more is better
}

func budgets() []budget {
	all := []budget{
		{name: analyzeOf("json"), must: 0.33, aim: 0.17},
		{name: analyzeOf("text"), must: 0.4, aim: 0.2},
		{name: analyzeOf("dense"), must: 1, aim: 0.4},
		{name: analyzeOf("noise"), must: 0.125, aim: 0.067},
		{name: runOf("json"), must: 90, atLeast: true},
		{name: runOf("text"), must: 90, atLeast: true},
		{name: runOf("dense"), must: 90, atLeast: true},
		{name: runOf("noise"), must: 90, atLeast: true},
		{name: twoFiles, must: 1.7, atLeast: true},
		{name: allocationsOf("json"), must: 0.01},
		{name: allocationsOf("dense"), must: 0.01},
		{name: peakMemory, must: 40, aim: 25},
		{name: idleCPU(10), must: 0.3, aim: 0.1},
		{name: idleMemory(10), must: 30, aim: 15},
		{name: idleCPU(1000), must: 2},
		{name: idleMemory(1000), must: 60},
		{name: steadyCPU(5_000), must: 1, aim: 0.5},
		{name: steadyCPU(50_000), must: 6, aim: 3},
		{name: latencyOf("json"), must: 1, aim: 0.3},
		{name: latencyOf("text"), must: 1, aim: 0.3},
		{name: scrapeTime, must: 10, aim: 3},
		{name: scrapeSize, must: 2},
		{name: checkpointTime, must: 10},
		{name: startTime, must: 200},
		{name: binarySize, must: 40, aim: 25},
		{name: hostileLine, must: 10},
	}
	for _, s := range shapes()[1:] {
		all = append(all, budget{name: shapeOf(s.name), must: s.factor})
	}
	return all
}

// verdict returns how a figure compares with its budget.
func (b budget) verdict(value float64) string {
	within := func(bound float64) bool {
		if b.atLeast {
			return value >= bound
		}
		return value <= bound
	}
	switch {
	case b.aim != 0 && within(b.aim):
		return "aim"
	case within(b.must):
		return "must"
	case b.atLeast:
		return fmt.Sprintf("**missed**, %.2f of it", value/b.must)
	default:
		return fmt.Sprintf("**missed**, %.2f x", value/b.must)
	}
}

// printBudgets prints the budgets next to what this run measured.
func (b *bench) printBudgets() {
	if len(b.reached) == 0 {
		return
	}
	fmt.Fprintln(b.out, "\n| budget | must | aim | reached | |\n|---|---|---|---|---|")
	for _, x := range budgets() {
		value, ok := b.reached[x.name]
		if !ok {
			continue
		}
		aim := ""
		if x.aim != 0 {
			aim = fmt.Sprint(x.aim)
		}
		fmt.Fprintf(b.out, "| %s | %v | %s | %.3g | %s |\n", x.name, x.must, aim, value, x.verdict(value))
	}
	fmt.Fprintf(b.out, "\nLoad %s when it ended.\n", loadAverage())
}
