package notify

import (
	"cmp"
	"slices"
	"time"
)

// Sent is what one receiver was sent last of one alert. A checkpoint keeps it
// for receivers that pass on every message to people, as webhooks do: a
// restart does not repeat what they have.
type Sent struct {
	Receiver string    `json:"receiver"` // as in Receiver.Name
	Alert    string    `json:"alert"`    // its identity
	Starts   time.Time `json:"starts"`
	Resolved time.Time `json:"resolved,omitzero"`
	Verdict  string    `json:"verdict,omitempty"` // kind and place of the alert's verdict
	At       time.Time `json:"at"`
}

// State returns what webhooks have taken. What still waits to be sent is left
// out.
func (n *Notifier) State() []Sent {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.state()
	slices.SortFunc(list, func(a, b Sent) int {
		return cmp.Or(cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Alert, b.Alert))
	})
	return list
}

// state is State, in no order; the caller holds the lock.
func (n *Notifier) state() (list []Sent) {
	for _, t := range n.targets {
		if t.resend < Repeat {
			continue
		}
		for key, q := range t.queued {
			if !t.queue.holds(key) {
				list = append(list, Sent{t.counts.name, key, q.starts, q.resolved, q.verdict, q.at})
			}
		}
	}
	return list
}

// Restore takes up what State once returned, for the receivers that are still
// configured. It is for a notifier that was sent nothing yet.
func (n *Notifier) Restore(list []Sent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.restore(list)
}

func (n *Notifier) restore(list []Sent) {
	for _, s := range list {
		for _, t := range n.targets {
			if t.resend >= Repeat && t.counts.name == s.Receiver {
				t.queued[s.Alert] = queuedAlert{s.Starts, s.Resolved, s.Verdict, s.At, s.At}
			}
		}
	}
}
