package detect

// quarter counts a quarter of an hour.
type quarter struct {
	Plays    float32 `json:"x,omitempty"`
	Expected float32 `json:"mu,omitempty"` // by the time of day
	Steps    int32   `json:"n,omitempty"`
}

// rate is that of a step; otherwise where the quarter is unknown.
func (q quarter) rate(otherwise float64) float64 {
	if q.Steps == 0 {
		return otherwise
	}
	return float64(q.Plays) / float64(q.Steps)
}

func (q quarter) sound() bool {
	return finite(float64(q.Plays), float64(q.Expected)) && q.Plays >= 0 && q.Expected >= 0 && q.Steps >= 0 && q.Steps <= quarterSteps
}
