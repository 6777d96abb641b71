package series

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// shelf is what the table of the test exports.
type shelf struct {
	name string
	born time.Time
	kept map[string]float64
}

func shelfRows() []Row[shelf] {
	return []Row[shelf]{
		{Family{Name: "shelves_added_total", Kind: Counter, Help: "Added.", Labels: []string{"kind", "shelf"}}, func(s shelf, add Add) {
			for kind, n := range s.kept {
				add(n, kind, s.name)
			}
		}},
		{Family{Name: "shelf_kinds", Kind: Gauge, Help: "Kinds.", Labels: []string{"shelf"}}, func(s shelf, add Add) {
			add(float64(len(s.kept)), s.name)
		}},
	}
}

func TestTable(t *testing.T) {
	born := time.Unix(1_700_000_000, 0)
	reads := 0
	read := func() []shelf {
		reads++
		return []shelf{{"a", born, map[string]float64{"x": 3, "y": 1}}, {"b", born.Add(time.Second), nil}}
	}
	table := NewTable(shelfRows(), read, func(s shelf) time.Time { return s.born })
	if err := testutil.CollectAndCompare(table, strings.NewReader(`
# HELP shelf_kinds Kinds.
# TYPE shelf_kinds gauge
shelf_kinds{shelf="a"} 2
shelf_kinds{shelf="b"} 0
# HELP shelves_added_total Added.
# TYPE shelves_added_total counter
shelves_added_total{kind="x",shelf="a"} 3
shelves_added_total{kind="y",shelf="a"} 1
`)); err != nil {
		t.Error(err)
	}
	if reads != 1 {
		t.Errorf("read %d times for one scrape", reads)
	}
	for want, table := range map[int64]*Table[shelf]{born.Unix(): table, 0: NewTable(shelfRows(), read, nil)} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(table)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.Metric {
				if c := m.Counter; c != nil && c.CreatedTimestamp.GetSeconds() != want {
					t.Errorf("created at %d, not %d", c.CreatedTimestamp.GetSeconds(), want)
				}
			}
		}
	}
}

func TestSeconds(t *testing.T) {
	for at, want := range map[time.Time]float64{{}: 0, time.Unix(12, 500_000_000): 12.5} {
		if got := Seconds(at); got != want {
			t.Errorf("%v: %v, not %v", at, got, want)
		}
	}
}
