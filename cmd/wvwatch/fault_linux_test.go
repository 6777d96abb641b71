package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sys/unix"
)

// metric returns the sum of a family's values.
func metric(address, name string) (float64, error) {
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, m := range families[name].GetMetric() {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return sum, nil
}

// TestFaultsOfTheMachine lets the disk of the checkpoint fill up and become
// read-only, and the process be stopped for a while in which the logs are
// written, faster than they can be read, and rotated. It goes on, reports the fault
// by metric, and recovers; a kill at the end finds everything saved.
func TestFaultsOfTheMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for ten seconds")
	}
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("disk", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	address := freePort(t)
	w := newWriters(t, dir)
	config := write(t, dir, "config.yaml", fmt.Sprintf("%s\nstate: {directory: %q, interval: 200ms}\nweb: {listen: [%q]}\n",
		w.sources(), filepath.Join(disk, "state"), address))
	binary := buildBinary(t, dir)
	p := start(t, dir, "wvwatch", binary, "run", "--config", config)
	counted := func(when string) {
		t.Helper()
		eventually(t, "every count "+when, func() error {
			got, err := scrapeExtras(address)
			if err != nil {
				return err
			}
			return sameCounts(w.truth(), got)
		})
	}
	waitReady(t, address)
	w.write(50, usual)
	counted("at the start")

	// late is a code of which there is no series before.
	broken := func(how string, late int, repair func() error) {
		t.Helper()
		before, err := metric(address, "wvwatch_checkpoint_failures_total")
		if err != nil {
			t.Fatal(err)
		}
		w.write(50, append([]int{late}, usual...))
		counted(how)
		if n, err := metric(address, "wvwatch_unsaved_lines"); err != nil || n == 0 {
			t.Errorf("%v unsaved lines %s, %v", n, how, err)
		}
		eventually(t, "a failure counted "+how, func() error {
			w.write(1, usual)
			if n, err := metric(address, "wvwatch_checkpoint_failures_total"); err != nil || n <= before {
				return fmt.Errorf("%v failures, %w", n, err)
			}
			return nil
		})
		last, err := metric(address, "wvwatch_checkpoint_last_success_timestamp_seconds")
		if err != nil {
			t.Fatal(err)
		}
		if err := repair(); err != nil {
			t.Fatal(err)
		}
		w.write(50, usual)
		eventually(t, "a checkpoint after it was "+how, func() error {
			if at, err := metric(address, "wvwatch_checkpoint_last_success_timestamp_seconds"); err != nil || at <= last {
				return fmt.Errorf("the last one is of %v, %w", at, err)
			}
			return nil
		})
		eventually(t, "nothing unsaved after it was "+how, func() error {
			if n, err := metric(address, "wvwatch_unsaved_lines"); err != nil || n != 0 {
				return fmt.Errorf("%v unsaved lines, %w", n, err)
			}
			return nil
		})
	}
	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	_ = f.Close()
	broken("while the disk is full", 9801, func() error { return os.Remove(filler) })
	if err := unix.Mount("readonly", filepath.Join(disk, "state"), "tmpfs", unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	broken("while the disk is read-only", 9802, func() error { return unix.Unmount(filepath.Join(disk, "state"), 0) })

	if err := p.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.each(func(s *writer) {
			for range 5000 {
				s.record(usual[s.n%len(usual)])
			}
			s.rename()
		})
	}
	time.Sleep(2 * time.Second) // calls of before look as if they hung
	if err := p.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	w.write(50, usual)
	counted("after it was stopped")
	stop(t, p, syscall.SIGKILL)
	p = start(t, dir, "wvwatch", binary, "run", "--config", config)
	counted("after a kill")
	stop(t, p, syscall.SIGTERM)
}
