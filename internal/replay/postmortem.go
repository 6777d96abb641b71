package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/blame"
)

// PostMortem is what a replay reports of one incident: of an outage, in which alerts
// fired, or of what no alert is about, such as more viewers or a silent host.
type PostMortem struct {
	From    time.Time     `json:"from"` // the onset
	To      time.Time     `json:"to"`
	Still   bool          `json:"still"` // at the end of the logs
	Rules   []string      `json:"rules"` // that fired; none where no alert did
	Verdict blame.Verdict `json:"verdict"`
	Also    []Also        `json:"also,omitempty"` // verdicts on other alerts at the time
	Peak    int           `json:"peak"`           // records of the codes that rose, in the worst minute
	PeakAt  time.Time     `json:"peak_at,omitzero"`
	First   *Place        `json:"first,omitempty"` // record of a code that rose
	Last    *Place        `json:"last,omitempty"`
	Moments []Moment      `json:"timeline"`
	quiet   int           // minutes in which nothing was unusual
	parts   []*alertPart
}

// Also is the verdict on an alert that is another one than that of the incident.
type Also struct {
	Rule     string `json:"rule"`
	Sentence string `json:"sentence"`
}

// Place is where a record is.
type Place struct {
	File string    `json:"file"`
	Line int       `json:"line"`
	At   time.Time `json:"at"`
}

// Moment is one line of a timeline.
type Moment struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// complete adds what the records show: where the first and last are, and the worst minute.
func (p *PostMortem) complete(r *recording) {
	p.From, p.To = p.From.Round(time.Second), p.To.Round(time.Second)
	hits := p.hits(r)
	if len(hits) > 0 {
		p.Peak, p.PeakAt = 0, time.Time{}
		first := 0
		for i := range hits { // the minute to each record
			for hits[i].At.Sub(hits[first].At) >= time.Minute {
				first++
			}
			if n := i - first + 1; n > p.Peak {
				p.Peak, p.PeakAt = n, hits[i].At
			}
		}
		p.First, p.Last = &hits[0], &hits[len(hits)-1]
		code := p.Verdict.Codes[0].Code
		p.add(p.First.At, "first %d  %s:%d", code, p.First.File, p.First.Line)
		p.add(p.Last.At, "last %d  %s:%d", code, p.Last.File, p.Last.Line)
		p.add(p.PeakAt, "peak, %d records in the minute before", p.Peak)
	}
	if l := p.Verdict.P95; l != nil && l.Before > 0 && l.Now > 2*l.Usual {
		p.add(p.From.Add(-time.Duration(l.Before)*time.Minute), "licence p95 %.0f ms -> %.0f ms", 1000*l.Usual, 1000*l.Now)
	}
	for _, f := range p.Verdict.FirstSeen {
		p.add(f.At.In(p.From.Location()), "%s %s first seen", f.Dimension, f.Value)
	}
	slices.SortStableFunc(p.Moments, func(a, b Moment) int { return a.At.Compare(b.At) })
}

func (p *PostMortem) add(at time.Time, format string, args ...any) {
	p.Moments = append(p.Moments, Moment{at, fmt.Sprintf(format, args...)})
}

// hits returns the records of the codes that rose, and ends the incident with the last of
// them in a minute that has more than twice what is usual.
func (p *PostMortem) hits(r *recording) (list []Place) {
	rose, usual := make(map[int16]bool), 0.
	for _, c := range p.Verdict.Codes {
		rose[int16(c.Code)] = true
		usual += c.Usual
	}
	usual /= max(p.To.Sub(p.From).Minutes(), 1)
	last := 0
	for i := range r.hits {
		h := &r.hits[i]
		at := time.Unix(0, h.at).In(p.From.Location())
		if !rose[h.code] || at.Before(p.From) || at.After(p.To) {
			continue
		}
		list = append(list, Place{File: r.names[h.file], Line: int(h.line), At: at.Truncate(time.Second)})
		if first := len(list) - 1 - int(2*usual+1); first >= 0 && at.Sub(list[first].At) < time.Minute {
			last = len(list)
		}
	}
	if p.Still || last == 0 || p.Verdict.Scope != nil { // of one tenant's records less is known
		return list
	}
	p.To = list[last-1].At
	return list[:last]
}

// lines returns the rows of a post-mortem, each a name and a text.
func (p *PostMortem) lines() [][2]string {
	v := &p.Verdict
	devices := ""
	if v.Clients > 0 {
		devices = fmt.Sprintf(", about %d devices failed", v.Clients)
	}
	rows := [][2]string{{"what", v.Sentence}}
	for _, a := range p.Also {
		rows = append(rows, [2]string{"also", a.Rule + ": " + a.Sentence})
	}
	switch {
	case v.Plays.Now > 0:
		rows = append(rows, [2]string{"plays", fmt.Sprintf("%d, %d expected%s", v.Plays.Now, v.Plays.Expected, devices)},
			[2]string{"granted", fmt.Sprintf("%.0f %% -> %.0f %%", 100*v.Granted.Usual, 100*v.Granted.Now)})
	case devices != "":
		rows = append(rows, [2]string{"clients", strings.TrimPrefix(devices, ", ")})
	}
	for _, m := range p.Moments {
		rows = append(rows, [2]string{"timeline", m.At.Format("15:04:05 MST") + "  " + m.Text})
	}
	who := "no place in particular"
	if len(v.Named) > 0 {
		var names []string
		for _, n := range v.Named {
			names = append(names, n.Dimension+" "+n.Value)
		}
		who = fmt.Sprintf("%s: %.0f %% of the rise, usually %.1f %% of the traffic; others %s", strings.Join(names, ", "), 100*v.Share, 100*v.UsualShare, v.Others)
	}
	changed := "nothing new in the hour before"
	if len(v.FirstSeen) > 0 {
		changed = fmt.Sprintf("%s %s is new", v.FirstSeen[0].Dimension, v.FirstSeen[0].Value)
	}
	rows = append(rows, [2]string{"who", who}, [2]string{"changed", changed})
	if len(v.RuledOut) > 0 {
		rows = append(rows, [2]string{"ruled out", strings.Join(v.RuledOut, ", ")})
	}
	return rows
}

// title names the incident and its time.
func (p *PostMortem) title() string {
	name := string(p.Verdict.Kind)
	if len(p.Rules) > 0 {
		name = strings.Join(p.Rules, ", ")
	}
	still := ""
	if p.Still {
		still = ", not over at the end"
	}
	return fmt.Sprintf("%s  %s to %s (%s%s)", name, p.From.Format("2006-01-02 15:04:05"), p.To.Format("15:04:05 MST"), p.To.Sub(p.From).Round(time.Minute), still)
}

// WritePostMortems writes the post-mortems for people.
func (r *Report) WritePostMortems(w io.Writer) error {
	var b strings.Builder
	for _, p := range r.PostMortems {
		fmt.Fprintln(&b, p.title())
		was := ""
		for _, row := range p.lines() {
			name := row[0]
			if name == was {
				name = ""
			}
			was = row[0]
			fmt.Fprintf(&b, "  %-10s%s\n", name, row[1])
		}
		b.WriteByte('\n')
	}
	if len(r.PostMortems) == 0 {
		b.WriteString("Nothing is unusual\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown writes the post-mortems as Markdown. Text from logs is escaped.
func (r *Report) WriteMarkdown(w io.Writer) error {
	escape := strings.NewReplacer("|", `\|`, "<", "&lt;", "`", "'", "[", `\[`, "*", `\*`, "_", `\_`)
	var b strings.Builder
	for _, p := range r.PostMortems {
		fmt.Fprintf(&b, "## %s\n\n| | |\n|---|---|\n", escape.Replace(p.title()))
		was := ""
		for _, row := range p.lines() {
			name := row[0]
			if name == was {
				name = ""
			}
			was = row[0]
			fmt.Fprintf(&b, "| %s | %s |\n", name, escape.Replace(row[1]))
		}
		b.WriteByte('\n')
	}
	if len(r.PostMortems) == 0 {
		b.WriteString("Nothing is unusual.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
