package detect

// Gateway finds that plays get no answer from a licence server: the proxy
// answers 502, 503 or 504, or nothing. It is a Detector of a fault whose alarm
// begins where at least 5 % of the plays fail so, and four times the normal.
// A caller takes Page for the level of the rule; tickets precede it.
type Gateway struct{ Detector }

// NewGateway returns a gateway detector that has seen nothing yet.
func NewGateway(s Settings) Gateway {
	s.Fault = true
	return Gateway{Detector: New(s)}
}
