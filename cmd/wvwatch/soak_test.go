package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

var soakTime = flag.Duration("soak", 4*time.Second, "how long TestSoak writes and rotates")

// TestSoak lets one process follow five logs that are rotated at random in every
// way that loses nothing, compares every count after each round, and checks
// that its memory does not grow with the bytes read. The tailer's
// own TestSoak has kills and restarts, too. Run both for long with
// -run Soak -soak 10m.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the daemon and runs it for a while")
	}
	if runtime.GOOS != "linux" {
		t.Skip("memory is asked of /proc")
	}
	dir := t.TempDir()
	address := freePort(t)
	w := newWriters(t, dir)
	config := write(t, dir, "config.yaml", fmt.Sprintf("%s\nstate: {directory: %q, interval: 1s}\nweb: {listen: [%q]}\n",
		w.sources(), filepath.Join(dir, "state"), address))
	p := start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, address)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var resident []int64
	for began, round := time.Now(), uint64(0); round < 3 || time.Since(began) < *soakTime; round++ {
		w.each(func(s *writer) {
			r := rand.New(rand.NewPCG(seed+round, uint64(s.path[len(s.path)-5])))
			for range 4 {
				s.disturb(r)
			}
		})
		want := w.truth()
		eventually(t, "every count", func() error {
			got, err := scrapeExtras(address)
			if err != nil {
				return err
			}
			return sameCounts(want, got)
		})
		if err := ask("http://" + address + "/api/v1/codes"); err != nil {
			t.Fatal(err)
		}
		resident = append(resident, residentOf(t, p.Process.Pid))
	}
	records := 0
	for _, s := range w.all {
		records += s.n
		if err := s.file.Close(); err != nil {
			t.Error(err)
		}
	}
	lost, err := metric(address, "wvwatch_lost_bytes_total")
	if err != nil || lost > 0 {
		t.Errorf("%v bytes said to be lost, %v", lost, err)
	}
	stop(t, p, syscall.SIGTERM)

	// A rotated file is kept open for a minute, with the marks of its last lines, so that
	// memory follows the rate of rotations during the first minute and must not grow after it.
	third := len(resident) / 3
	middle, last := mostOf(resident[third:2*third]), mostOf(resident[len(resident)-third:])
	t.Logf("%d records in %d rounds exact; resident at most %.1f MiB in the middle third, %.1f in the last", records, len(resident), mib(middle), mib(last))
	if *soakTime >= 4*time.Minute && last > middle+middle/8 {
		t.Error("memory grows")
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func mostOf(values []int64) int64 {
	most := int64(0)
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

func ask(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// residentOf returns how many bytes of memory a process holds.
func residentOf(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// disturb writes some records and rotates in one way or another.
func (s *writer) disturb(r *rand.Rand) {
	some := func(n int) {
		for range 1 + r.IntN(n) {
			s.record(usual[s.n%len(usual)])
		}
	}
	some(200)
	switch r.IntN(6) {
	case 0:
		s.shift()
		s.rotate()
	case 1: // the writer keeps the old file open for a while
		s.shift()
		old, err := os.OpenFile(s.path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			s.t.Error(err)
			return
		}
		s.rotate()
		some(20)
		live := s.file
		s.file = old
		some(20)
		s.file = live
		if err := old.Close(); err != nil {
			s.t.Error(err)
		}
	case 2:
		s.shift()
		s.rotate()
		s.pack(s.path + ".1")
	case 3:
		s.shift()
		s.copytruncate()
	case 4:
		some(3000)
	case 5:
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond) // a quiet moment is one of the stories
	}
	some(50)
}

// kept is how many generations there may be: more than a round makes, so that
// none is deleted unread.
const kept = 12

// shift makes room for name.1.
func (s *writer) shift() {
	for n := kept; n > 0; n-- {
		for _, ext := range []string{"", ".gz"} {
			from := fmt.Sprintf("%s.%d%s", s.path, n, ext)
			var err error
			if n == kept {
				err = os.Remove(from)
			} else {
				err = os.Rename(from, fmt.Sprintf("%s.%d%s", s.path, n+1, ext))
			}
			if err != nil && !os.IsNotExist(err) {
				s.t.Error(err)
			}
		}
	}
}

// rotate renames the live file to name.1 and opens a new one.
func (s *writer) rotate() {
	if err := os.Rename(s.path, s.path+".1"); err != nil {
		s.t.Error(err)
	}
	if err := s.file.Close(); err != nil {
		s.t.Error(err)
	}
	s.open()
}

func (s *writer) copytruncate() {
	b, err := os.ReadFile(s.path)
	if err == nil {
		err = os.WriteFile(s.path+".1", b, 0o600)
	}
	if err == nil {
		err = os.Truncate(s.path, 0)
	}
	if err != nil {
		s.t.Error(err)
	}
}

// pack compresses a file as logrotate does.
func (s *writer) pack(name string) {
	b, err := os.ReadFile(name)
	if err != nil {
		s.t.Error(err)
		return
	}
	f, err := os.Create(name + ".gz")
	if err != nil {
		s.t.Error(err)
		return
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write(b); err != nil {
		s.t.Error(err)
	}
	if err := z.Close(); err != nil {
		s.t.Error(err)
	}
	if err := f.Close(); err != nil {
		s.t.Error(err)
	}
	if err := os.Remove(name); err != nil {
		s.t.Error(err)
	}
}
