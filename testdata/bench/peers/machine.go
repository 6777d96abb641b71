package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// describeMachine prints what the figures were measured on.
func (b *bench) describeMachine(ctx context.Context) {
	commit, _ := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	fmt.Fprintf(b.out, "%s, %d cores, Linux %s, %s; load %s when it began.\nCommit %s, %s. Corpora of %d lines, %d rounds.\n",
		processor(), runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), loadAverage(),
		strings.TrimSpace(string(commit)), time.Now().UTC().Format("2006-01-02 15:04 MST"), b.lines, b.rounds)
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, " \t:\n")
		}
	}
	return runtime.GOARCH
}

// loadAverage returns how many processes wanted to run in the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// goBuild builds a program of this module.
func goBuild(ctx context.Context, to, pkg string, flags ...string) error {
	args := append(append([]string{"build", "-o", to}, flags...), pkg)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}
