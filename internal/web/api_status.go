package web

import "time"

// statusBody answers /api/v1/status.
type statusBody struct {
	Now     time.Time `json:"now"`
	Version string    `json:"version"`
	// ExternalLabels name this daemon: they are on every alert that it sends.
	ExternalLabels map[string]string `json:"external_labels"`
	Ready          bool              `json:"ready"` // false while the counts are not whole; Why is the reason, in one sentence
	Why            string            `json:"why,omitempty"`
	CatchingUp     []string          `json:"catching_up"` // sources that read a backlog
	LagBytes       int64             `json:"lag_bytes"`   // of all sources
	Windows        []int             `json:"windows"`     // seconds, from short to long: what the numbers of "recent" are over
	Codes          int               `json:"codes"`       // listed
	Firing         int               `json:"firing"`
	Pending        int               `json:"pending"`
	Requests       []share           `json:"requests"` // in each window
	// Undelivered are the receivers of alerts at which the last attempt failed.
	Undelivered []undelivered `json:"undelivered"`
	// Alertmanagers are the URLs of those that are sent the alerts: where to silence one.
	Alertmanagers []string `json:"alertmanagers"`
	// UsualGranted is the median share of granted requests over the last day; nil where it is not known yet.
	UsualGranted *float64 `json:"usual_granted,omitempty"`
	// Group is the consumer group that the daemon is a member of; nil for none.
	Group *groupBody `json:"group,omitempty"`
}

// groupBody is a web.Group.
type groupBody struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"` // leader | standby
	Leader   string   `json:"leader,omitempty"`
	Standbys []string `json:"standbys"`
}

// undelivered is a receiver that does not take alerts.
type undelivered struct {
	Receiver string `json:"receiver"`
	Waiting  int    `json:"waiting"`
	Dropped  uint64 `json:"dropped"` // for want of room, since the start
}

// share is how licence requests ended in one window.
type share struct {
	Granted uint64 `json:"granted"`
	Refused uint64 `json:"refused"`
	Failed  uint64 `json:"failed"`
	Gateway uint64 `json:"gateway"`
}

func newStatus(deps Deps, fr *frame) statusBody {
	s := statusBody{
		Now: fr.snapshot.Now.Truncate(time.Millisecond).UTC(), Version: deps.Version,
		CatchingUp: []string{}, Codes: fr.catalogue.Len(),
		Firing: fr.alerts.Firing, Pending: fr.alerts.Pending,
		Windows: []int{}, Requests: []share{}, Undelivered: []undelivered{}, Alertmanagers: []string{},
	}
	s.ExternalLabels = map[string]string{}
	if deps.ExternalLabels != nil {
		s.ExternalLabels = deps.ExternalLabels()
	}
	if deps.Receivers != nil {
		for _, r := range deps.Receivers() {
			if r.URL != "" {
				s.Alertmanagers = append(s.Alertmanagers, r.URL)
			}
			if r.Failing {
				s.Undelivered = append(s.Undelivered, undelivered{r.Name, r.Waiting, r.Dropped})
			}
		}
	}
	s.Ready, s.Why = deps.Ready()
	if deps.Group != nil {
		g := deps.Group()
		s.Group = &groupBody{g.Name, g.Role, g.Leader, append([]string{}, g.Standbys...)}
	}
	for _, w := range fr.snapshot.Windows() {
		s.Windows = append(s.Windows, int(w/time.Second))
		s.Requests = append(s.Requests, sharesOf(fr.snapshot, w))
	}
	for _, src := range fr.sources {
		s.LagBytes += src.LagBytes
		if src.CatchingUp {
			s.CatchingUp = append(s.CatchingUp, src.Source)
		}
	}
	return s
}
