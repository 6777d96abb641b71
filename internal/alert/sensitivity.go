package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

func checkSpike(w When, f *faults) {
	if _, err := parseSensitivity(w.Spike.Sensitivity); err != nil {
		f.add("spike.sensitivity", "%v", err)
	}
	if _, err := parseUsual(w.Spike.Usual); err != nil {
		f.add("spike.usual", "%v", err)
	}
}

// parseSensitivity returns the evidence at which a detector fires, in nats.
func parseSensitivity(s string) (float64, error) {
	switch s {
	case "":
		return 10, nil
	case "page":
		return 12, nil
	case "ticket":
		return 8, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 3 && n <= 100) {
		return 0, fmt.Errorf("%q: must be page (12), ticket (8) or a number from 3 to 100, the higher the surer", s)
	}
	return n, nil
}

// parseUsual returns what is usual, in events per second; 0 for unknown.
func parseUsual(s string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	const cure = `must be a rate such as "0.2/min", "3/h" or "1/s"`
	count, unit, found := strings.Cut(s, "/")
	seconds := map[string]float64{"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}[strings.TrimSpace(unit)]
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if !found || seconds == 0 || err != nil {
		return 0, fmt.Errorf("%q: %s", s, cure)
	}
	if rate := n / seconds; rate > 0 && rate <= 1e6 && !math.IsInf(n, 0) {
		return rate, nil
	}
	return 0, fmt.Errorf("%q: must be above 0 and at most a million a second", s)
}
