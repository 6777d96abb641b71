package state

import (
	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/series"
)

// NewCollector returns a collector over what stats returns; that is the method
// Stats of a Store.
func NewCollector(stats func() Stats) prometheus.Collector {
	return series.NewTable(families(), func() []Stats { return []Stats{stats()} }, nil)
}

// families is the table of all that is exported of a Store.
func families() []series.Row[Stats] {
	row := func(kind series.Kind, name, help string, value func(Stats) float64) series.Row[Stats] {
		return series.Row[Stats]{
			Family: series.Family{Group: series.Daemon, Name: name, Kind: kind, Help: help},
			Write:  func(s Stats, add series.Add) { add(value(s)) },
		}
	}
	return []series.Row[Stats]{
		row(series.Gauge, "wvwatch_checkpoint_last_success_timestamp_seconds", "When the last checkpoint was saved; 0 for none.",
			func(s Stats) float64 { return series.Seconds(s.LastSuccess) }),
		row(series.Gauge, "wvwatch_checkpoint_size_bytes", "Size of the last checkpoint.", func(s Stats) float64 { return float64(s.Size) }),
		row(series.Gauge, "wvwatch_checkpoint_duration_seconds", "Time that the last checkpoint took.", func(s Stats) float64 { return s.Duration.Seconds() }),
		row(series.Counter, "wvwatch_checkpoint_failures_total", "Checkpoints that could not be written.", func(s Stats) float64 { return float64(s.Failures) }),
		{
			Family: series.Family{
				Group: series.Daemon, Name: "wvwatch_checkpoint_loaded", Kind: series.Gauge,
				Help: "1 for the checkpoint that this run began with.", Labels: []string{"generation"},
			},
			Write: writeLoaded,
		},
	}
}

func writeLoaded(s Stats, add series.Add) {
	for g := range numGenerations {
		loaded := 0.0
		if g == s.Loaded {
			loaded = 1
		}
		add(loaded, g.String())
	}
}
