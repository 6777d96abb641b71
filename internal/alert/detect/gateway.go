package detect

// Gateway finds that plays get no answer from a licence server: the proxy
// answers 502, 503 or 504, or nothing. It is a Detector of a fault whose alarm
// begins where at least 5 % of the plays fail so, and four times the normal. A
// rule takes its Page; the Ticket is that of outages that are not worth one.
type Gateway struct{ Detector }

// NewGateway returns a gateway detector that has seen nothing yet.
func NewGateway(s Settings) Gateway {
	s.Fault = true
	d := New(s)
	d.gate = gate{share: 0.05, ratio: 4}
	return Gateway{d}
}
