package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert"
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
}

// Also is the verdict on an alert that is another one than that of the incident.
type Also struct {
	Rule     string `json:"rule"`
	Sentence string `json:"sentence"`
	place    string // kind and place
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

// watch makes post-mortems while a recording is played.
type watch struct {
	list []*PostMortem
	open *PostMortem
}

const (
	watchBack   = 5 * time.Minute   // how far the watch looks back for what no alert is about
	watchRecent = 2*time.Minute - 1 // of which it asks whether that goes on
	watchQuiet  = 3                 // minutes without anything unusual after which it is over
)

// see looks at the end of a minute.
func (w *watch) see(i instant) {
	states := i.engine.States()
	since, rules := firing(states)
	for _, c := range i.changes {
		if w.open != nil || len(rules) > 0 {
			w.note(i, c, since)
		}
	}
	now := i.now.Add(time.Nanosecond)
	if now.Second() != 0 {
		return
	}
	switch {
	case len(rules) > 0:
		w.begin(now, since, true)
		for _, r := range rules {
			if !slices.Contains(w.open.Rules, r) {
				w.open.Rules = append(w.open.Rules, r)
			}
		}
		w.judge(i)
		w.open.also(states)
	case w.open == nil:
		if v := i.ledger.Judge(blame.Question{Onset: now.Add(-watchBack), Now: i.now}); unalerted(v) {
			w.begin(now, w.onset(i, v.Kind), false)
			w.goOn(i)
		}
	case len(w.open.Rules) > 0: // the last alert has ended
		w.open = nil
	default:
		w.goOn(i)
	}
}

// unalerted reports whether a verdict is about what no rule is for: codes that rose are
// for the rules, but for those at a place that is too small for them.
func unalerted(v blame.Verdict) bool {
	return v.Confidence == blame.High && v.Kind != blame.Nothing && (len(v.Codes) == 0 || len(v.Named) > 0)
}

// onset returns the first of the last minutes that is of a kind. That a host is silent takes
// several minutes: it is the first from which on it is.
func (w *watch) onset(i instant, kind blame.Kind) time.Time {
	now := i.now.Add(time.Nanosecond)
	begin := now.Add(-watchBack)
	for at := begin; at.Before(now); at = at.Add(time.Minute) {
		end := at.Add(time.Minute)
		if kind == blame.HostOut {
			end = now
		}
		if v := i.ledger.Judge(blame.Question{Onset: begin, Now: end.Add(-1), Recent: end.Sub(at) - 1}); v.Kind == kind {
			return at
		}
	}
	return begin
}

// begin opens a post-mortem, or makes that of what no alert was about one of an alert.
func (w *watch) begin(now, since time.Time, alerting bool) {
	if w.open != nil && (len(w.open.Rules) > 0 || !alerting) {
		w.open.From = earlier(w.open.From, since)
		return
	}
	if w.open == nil {
		w.open = &PostMortem{Rules: []string{}}
		w.list = append(w.list, w.open)
	}
	w.open.From = since.In(now.Location())
}

// judge makes the verdict on an alert that is open. Once it is of a fault, one that nobody
// has to act on does not take its place: plays that come back after a collapse are no crowd.
func (w *watch) judge(i instant) {
	p := w.open
	v := i.ledger.Judge(blame.Question{Alert: p.Rules[0], Onset: p.From, Now: i.now})
	if v.Kind == blame.Nothing {
		return
	}
	p.To = i.now.Add(time.Nanosecond)
	if harmless(v) && p.Verdict.Kind != "" && !harmless(p.Verdict) {
		return
	}
	if p.Verdict.Kind == "" || v.Witnesses >= p.Verdict.Witnesses || v.Kind != p.Verdict.Kind {
		p.Verdict = v
	}
}

func harmless(v blame.Verdict) bool {
	return slices.Contains([]blame.Kind{blame.OneDevice, blame.Retry, blame.Crowd}, v.Kind)
}

// goOn looks whether what no alert is about goes on, by its last minutes. It is over when
// that was not the case for a while.
func (w *watch) goOn(i instant) {
	p := w.open
	i.ledger.Alerting(i.now) // it is not normal
	recent := watchRecent
	if len(p.Verdict.Codes) > 0 { // few clients a minute fail, if no alert fires
		recent = watchBack - 1
	}
	v := i.ledger.Judge(blame.Question{Onset: p.From, Now: i.now, Recent: recent})
	if v.Kind == blame.Nothing || p.Verdict.Kind != "" && v.Kind != p.Verdict.Kind {
		if p.quiet++; p.quiet >= watchQuiet {
			w.open = nil
		}
		return
	}
	p.quiet = 0
	p.To = i.now.Add(time.Nanosecond)
	if all := i.ledger.Judge(blame.Question{Onset: p.From, Now: i.now}); p.Verdict.Kind == "" || all.Kind == p.Verdict.Kind {
		p.Verdict = all
	}
}

// also keeps the verdicts on alerts that are of another kind or place.
func (p *PostMortem) also(states []alert.Status) {
	for _, s := range states {
		if s.State != alert.Firing || s.Verdict.Sentence == "" {
			continue
		}
		one := Also{s.Rule, s.Verdict.Sentence, s.Verdict.Place()}
		if at := slices.IndexFunc(p.Also, func(a Also) bool { return a.Rule == one.Rule && a.place == one.place }); at >= 0 {
			p.Also[at] = one
		} else {
			p.Also = append(p.Also, one)
		}
	}
}

// note adds a change of an alert to the timeline of what is open.
func (w *watch) note(i instant, c alert.Transition, since time.Time) {
	if c.To == alert.Pending {
		return
	}
	w.begin(i.now, since, true)
	if !since.IsZero() {
		w.open.To = i.now
	}
	w.open.Moments = append(w.open.Moments, Moment{c.At, c.Name() + " " + map[bool]string{true: "fires", false: "ends"}[c.To == alert.Firing]})
	if c.To == alert.Firing && !slices.Contains(w.open.Rules, c.Rule) {
		w.open.Rules = append(w.open.Rules, c.Rule)
	}
}

// firing returns the rules that fire, and the first onset.
func firing(states []alert.Status) (since time.Time, rules []string) {
	for _, s := range states {
		if s.State != alert.Firing {
			continue
		}
		at := s.ActiveSince
		if onset := s.Account.Total.Since; !onset.IsZero() {
			at = earlier(at, onset)
		}
		if since.IsZero() {
			since = at
		}
		since = earlier(since, at)
		rules = append(rules, s.Rule)
	}
	return since, rules
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// complete adds what the records show: where the first and last are, and the worst minute.
func (p *PostMortem) complete(r *recording) {
	p.Also = slices.DeleteFunc(p.Also, func(a Also) bool { return a.place == p.Verdict.Place() })
	rose := make(map[int16]bool)
	for _, c := range p.Verdict.Codes {
		rose[int16(c.Code)] = true
	}
	minutes := make(map[int64]int)
	for i := range r.hits {
		h := &r.hits[i]
		at := time.Unix(0, h.at).In(p.From.Location())
		if !rose[h.code] || at.Before(p.From) || at.After(p.To) {
			continue
		}
		where := &Place{File: r.names[h.file], Line: int(h.line), At: at}
		if p.First == nil {
			p.First = where
		}
		p.Last = where
		minute := h.at / int64(time.Minute)
		if minutes[minute]++; minutes[minute] > p.Peak {
			p.Peak, p.PeakAt = minutes[minute], time.Unix(0, minute*int64(time.Minute)).In(at.Location())
		}
	}
	add := func(at time.Time, format string, args ...any) {
		p.Moments = append(p.Moments, Moment{at, fmt.Sprintf(format, args...)})
	}
	if l := p.Verdict.P95; l != nil && l.Before > 0 && l.Now > 2*l.Usual {
		add(p.From.Add(-time.Duration(l.Before)*time.Minute), "licence p95 %.0f ms -> %.0f ms", 1000*l.Usual, 1000*l.Now)
	}
	if p.First != nil {
		add(p.First.At, "first %d  %s:%d", p.Verdict.Codes[0].Code, p.First.File, p.First.Line)
		add(p.Last.At, "last %d  %s:%d", p.Verdict.Codes[0].Code, p.Last.File, p.Last.Line)
		add(p.PeakAt, "peak, %d records a minute", p.Peak)
	}
	for _, f := range p.Verdict.FirstSeen {
		add(f.At.In(p.From.Location()), "%s %s first seen", f.Dimension, f.Value)
	}
	slices.SortStableFunc(p.Moments, func(a, b Moment) int { return a.At.Compare(b.At) })
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
	return append(rows, [2]string{"who", who}, [2]string{"changed", changed}, [2]string{"ruled out", strings.Join(v.RuledOut, ", ")})
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
