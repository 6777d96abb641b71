package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/humanize"
)

// Incident is a time in which one alert or more fired without a pause: what
// the person on call would call one.
type Incident struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Rules []string  `json:"rules"`        // in the order in which they began to fire
	Still bool      `json:"still_firing"` // at the end
}

// incidents makes incidents of transitions, which come in the order of time.
type incidents struct {
	list   []Incident
	firing int // alerts that do; while there are any, the last of list is open
}

func (in *incidents) note(c alert.Transition) {
	switch {
	case c.To == alert.Firing:
		if in.firing++; in.firing == 1 {
			in.list = append(in.list, Incident{From: c.At})
		}
		if last := &in.list[len(in.list)-1]; !slices.Contains(last.Rules, c.Rule) {
			last.Rules = append(last.Rules, c.Rule)
		}
	case c.From == alert.Firing:
		if in.firing--; in.firing == 0 {
			in.list[len(in.list)-1].To = c.At
		}
	}
}

// between returns what is between the times, the last of which is the end.
func (in *incidents) between(from, end time.Time) []Incident {
	list := []Incident{}
	for i, one := range in.list {
		if in.firing > 0 && i == len(in.list)-1 {
			one.To, one.Still = end, true
		}
		if one.To.After(from) {
			one.From = later(one.From, from)
			list = append(list, one)
		}
	}
	return list
}

func writeIncidents(w io.Writer, list []Incident) {
	if len(list) == 0 {
		fmt.Fprintln(w, "  none: no alert fired")
		return
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, one := range list {
		still := ""
		if one.Still {
			still = ", still firing at the end"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s%s\n", one.From.Format(time.DateTime), humanize.Duration(one.To.Sub(one.From)), strings.Join(one.Rules, ", "), still)
	}
	_ = t.Flush() // the caller's writer takes everything
}
