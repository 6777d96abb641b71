package detect

// Gateway detects that plays get no answer from a licence server: the proxy
// answers 502, 503 or 504, or nothing. It is a Detector of a fault; its alarm
// begins where at least 5 % of the plays fail so, and four times the normal. A
// rule should fire at Page; a Ticket is an outage of less than PageAfter.
type Gateway struct{ Detector }

// NewGateway returns a gateway detector that has seen nothing yet.
func NewGateway(s Settings) Gateway {
	s.Fault = true
	d := New(s)
	d.gate = gate{share: 0.05, ratio: 4}
	return Gateway{d}
}
