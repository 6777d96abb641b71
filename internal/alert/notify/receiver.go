package notify

import "net/url"

// Receiver is the state of one receiver.
type Receiver struct {
	Name    string // as in the metrics: a webhook's holds no secret
	Waiting int    // alerts that have not been sent to it yet
	Dropped uint64 // alerts not sent to it because too many waited, since the start
	Failing bool   // the last attempt to send to it failed
	URL     string // of an Alertmanager, without user and password; empty for a webhook
}

// Receivers returns all that are configured, in their order.
func (n *Notifier) Receivers() []Receiver {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]Receiver, len(n.targets))
	for i, t := range n.targets {
		now := t.counts.get()
		list[i] = Receiver{Name: t.counts.name, Waiting: t.queue.len(), Dropped: now.dropped, Failing: now.failing}
		if am, ok := t.sender.(*alertmanager); ok {
			list[i].URL = withoutUser(am.url)
		}
	}
	return list
}

// withoutUser returns a URL without user and password; empty where it is none.
func withoutUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}
