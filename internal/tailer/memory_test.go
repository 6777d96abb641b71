package tailer

import (
	"fmt"
	"os"
	"runtime/metrics"
	"strings"
	"testing"
)

// memories are what the process held at moments of a soak, in bytes.
type memories struct{ resident, heap []int64 }

// sample notes what the process holds now: resident, which the system reports, and
// live on the heap, which the last collection left.
func (m *memories) sample(t *testing.T) {
	t.Helper()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	m.heap = append(m.heap, int64(live[0].Value.Uint64()))
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return // not every system has one
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Error(err)
	}
	m.resident = append(m.resident, kib<<10)
}

// flat reports what was held most in each third, and fails where the last one
// holds more than the first one and half of it again. A short run is only logged.
func (m *memories) flat(t *testing.T, long bool) {
	t.Helper()
	for _, of := range []struct {
		what   string
		values []int64
	}{{"resident", m.resident}, {"live heap", m.heap}} {
		if len(of.values) < 3 {
			continue
		}
		most := thirds(of.values)
		t.Logf("%s, most in each third: %.1f, %.1f, %.1f MiB", of.what, mib(most[0]), mib(most[1]), mib(most[2]))
		if long && most[2] > most[0]+most[0]/2 {
			t.Errorf("%s grows", of.what)
		}
	}
}

// thirds returns the greatest value in each third of values.
func thirds(values []int64) (most [3]int64) {
	for i, v := range values {
		third := &most[3*i/len(values)]
		*third = max(*third, v)
	}
	return most
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func TestThirds(t *testing.T) {
	if got, want := thirds([]int64{1, 9, 3, 4, 5, 2, 7}), [3]int64{9, 5, 7}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
