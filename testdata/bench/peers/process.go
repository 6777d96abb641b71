package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what a process cost, by the operating system's account.
type usage struct {
	cpu  time.Duration // user and system
	wall time.Duration
	peak int64 // most resident memory, in bytes; what is below this program's own is not seen
}

// perMillion returns the processor seconds for a million lines.
func (u usage) perMillion(lines int) float64 { return u.cpu.Seconds() * 1e6 / float64(lines) }

// process is a program that was started.
type process struct {
	cmd     *exec.Cmd
	started time.Time
	stdout  bytes.Buffer
	stderr  bytes.Buffer
}

// startProcess starts a program on so many processors; cancelling ctx kills it.
func startProcess(ctx context.Context, processors int, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(processors))
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.started = time.Now()
	return p, p.cmd.Start()
}

// wait waits for the end of the process. A status other than 0 is an error
// that holds the end of the process's stderr.
func (p *process) wait() (usage, error) {
	err := p.cmd.Wait()
	wall := time.Since(p.started)
	if err != nil {
		complaint := p.stderr.String()
		return usage{}, fmt.Errorf("%s: %w: %s", p.cmd, err, complaint[max(0, len(complaint)-500):])
	}
	state := p.cmd.ProcessState
	u := usage{cpu: state.UserTime() + state.SystemTime(), wall: wall}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10
	}
	return u, nil
}

// cpu returns the processor time of the process so far, to the nanosecond: the
// ticks of /proc are too coarse for an idle daemon.
func (p *process) cpu() (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of the kernel's posix-timers.h
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &t); err != nil {
		return 0, fmt.Errorf("clock of process %d: %w", p.cmd.Process.Pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// resident returns the memory that the process holds now, in bytes.
func (p *process) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no memory", p.cmd.Process.Pid)
}

// pause waits, but no longer than ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
