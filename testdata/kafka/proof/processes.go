package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// freePorts returns n ports of loopback in a row that are free now.
func freePorts(n int) (int, error) {
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		first := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		free := true
		for p := first; p < first+n && free; p++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
			if free = err == nil; free {
				_ = l.Close()
			}
		}
		if free {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// begin starts a program with its output in a file.
func begin(log string, env []string, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = out, out, append(os.Environ(), env...)
	// A program ends with this one, however that ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.done) }()
	return p, nil
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// end asks the program to end, and kills it where it does not.
func (p *process) end() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		p.kill()
	}
}

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// cpu returns the time that the program has used.
func (p *process) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / 100
}

// memory returns a field of /proc/PID/status in MiB, such as VmRSS.
func (p *process) memory(field string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`(?m)^` + field + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(found[1]), 64)
	return kb / 1024
}

// member is one daemon of the group, in a slot with a port of its own.
type member struct {
	*process
	url string
}

// scrape returns the exposition; ok is false where the answer is not 200.
func (m *member) scrape() (text string, ok bool) { return get(m.url+"/metrics", 2*time.Second) }

func get(url string, patience time.Duration) (text string, ok bool) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err == nil && res.StatusCode == http.StatusOK
}

// leads reports whether an exposition is that of a leader.
func leads(text string) bool { return strings.Contains(text, "\nwvwatch_leader 1\n") }

// group is all daemons, by slot.
type group struct {
	binary, dir string
	ports       int // the first one
	slots       []*member
	config      string // of a daemon that listens on the port %d
}

// start runs a daemon in a slot.
func (g *group) start(slot int) error {
	port := g.ports + slot
	file := filepath.Join(g.dir, fmt.Sprintf("member-%d.yaml", slot))
	if err := os.WriteFile(file, fmt.Appendf(nil, g.config, port), 0o600); err != nil {
		return err
	}
	p, err := begin(filepath.Join(g.dir, fmt.Sprintf("member-%d.log", slot)), nil, g.binary, "run", "--config", file)
	if err != nil {
		return err
	}
	g.slots[slot] = &member{p, fmt.Sprintf("http://127.0.0.1:%d", port)}
	return nil
}

// leader waits for one that answers scrapes.
func (g *group) leader(patience time.Duration) (slot int, err error) {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		for i, m := range g.slots {
			if m == nil {
				continue
			}
			if text, ok := m.scrape(); ok && leads(text) {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("no leader for %s", patience)
}

// standby waits until a slot is a warm standby of a group of n members.
func (g *group) standby(slot int, patience time.Duration) error {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if text, ok := g.slots[slot].scrape(); ok && strings.Contains(text, "\nwvwatch_leader 0\n") {
			return nil
		}
	}
	return fmt.Errorf("slot %d is no standby", slot)
}

func (g *group) end() {
	for _, m := range g.slots {
		if m != nil {
			m.end()
		}
	}
}
