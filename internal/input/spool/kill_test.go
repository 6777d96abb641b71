package spool

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

// childDir is the variable by which this test binary runs as the receiver that
// TestKills kills.
const childDir = "SPOOL_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := receive(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// checkpoint is what the receiver saves: what it counted, and where it is.
type checkpoint struct {
	Offset  int64
	Records map[string]int
}

func (c *checkpoint) load(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if os.IsNotExist(err) {
		c.Records = map[string]int{}
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, c)
}

// receive stores each line of standard input as a batch, prints it when it is
// durable, and saves checkpoints.
func receive(dir string) error {
	var c checkpoint
	if err := c.load(dir); err != nil {
		return err
	}
	s, err := Open(filepath.Join(dir, "spool"), c.Offset, Options{Segment: 2000, Delay: 2 * time.Millisecond})
	if err != nil {
		return err
	}
	l := &ledger{}
	l.at.Offset = c.Offset
	ctx := context.Background()
	go func() { _ = s.Run(ctx) }()
	go func() { fmt.Fprintln(os.Stderr, NewReader(s, "edge", c.Offset, tailer.Counts{}, l).Run(ctx)) }()
	go func() {
		for {
			l.mu.Lock()
			for _, r := range l.records {
				c.Records[r]++
			}
			l.records, c.Offset = nil, l.at.Offset
			l.mu.Unlock()
			data, _ := json.Marshal(c)
			path := filepath.Join(dir, "checkpoint")
			err := os.WriteFile(path+".new", data, 0o600)
			if err == nil {
				err = os.Rename(path+".new", path)
			}
			if err == nil {
				err = s.Saved(c.Offset)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var printing sync.Mutex
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		line := in.Text()
		ticket, err := s.Append(ctx, Batch{Lines: []byte(line + "\n"), ID: IdentityOf("test", []byte(line))})
		if err != nil {
			return err
		}
		go func() {
			if ticket.Wait(ctx) == nil {
				printing.Lock()
				defer printing.Unlock()
				fmt.Println(line)
			}
		}()
	}
	select {} // until it is killed
}

// reusedIn reports whether a file in the spool in dir has been more than one segment.
func reusedIn(t *testing.T, dir string) bool {
	t.Helper()
	bases, err := listSegments(dir)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(bases, func(base int64) bool {
		g, _, err := checkSegment(segmentPath(dir, base), math.MaxInt64, func(header) {})
		return err == nil && g > 0
	})
}

// TestKills kills a receiver with SIGKILL, again and again, while a sender sends
// batches and repeats those that were not acknowledged.
func TestKills(t *testing.T) {
	dir := t.TempDir()
	const total, kills = 3000, 12
	acknowledged := map[string]bool{}
	var mu sync.Mutex
	left := func() (lines []string) {
		mu.Lock()
		defer mu.Unlock()
		for i := range total {
			if line := fmt.Sprintf("batch %d", i); !acknowledged[line] {
				lines = append(lines, line)
			}
		}
		return lines
	}
	for kill := 0; kill < kills || len(left()) > 0; kill++ {
		if kill > 100 {
			t.Fatalf("%d batches were never acknowledged", len(left()))
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		work.Go(func() {
			for s := bufio.NewScanner(out); s.Scan(); {
				mu.Lock()
				acknowledged[s.Text()] = true
				mu.Unlock()
			}
		})
		work.Go(func() {
			for i, line := range left() {
				if i > total/kills*(kill+1) {
					break
				}
				if _, err := io.WriteString(in, line+"\n"); err != nil {
					return // killed
				}
			}
		})
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond) // the random moment is the point
		_ = cmd.Process.Kill()
		work.Wait()
		_ = cmd.Wait()
	}
	var c checkpoint
	if err := c.load(dir); err != nil {
		t.Fatal(err)
	}
	l := &ledger{}
	l.at.Offset = c.Offset
	open(t, filepath.Join(dir, "spool"), Options{}, l)
	if !reusedIn(t, filepath.Join(dir, "spool")) {
		t.Error("no segment was reused: the kills do not show what that does")
	}
	var lost, doubled int
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := map[string]int{}
		for r, n := range c.Records {
			got[r] += n
		}
		for _, r := range l.all() {
			got[r]++
		}
		lost, doubled = 0, 0
		for line := range acknowledged {
			switch n := got[line]; {
			case n == 0:
				lost++
			case n > 1:
				doubled++
			}
		}
		if lost == 0 || time.Now().After(until) {
			break
		}
	}
	t.Logf("%d batches acknowledged, %d lost, %d doubled", len(acknowledged), lost, doubled)
	if lost > 0 || doubled > 0 {
		t.Error("each batch counts once")
	}
}
