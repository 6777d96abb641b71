package ruletest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/humanize"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// codesAnnotation is added to the rules under test, to learn which codes an
// alert names. A configuration cannot hold this name: it has a capital letter.
const codesAnnotation = "testedCodes"

// tick is how often rules are judged, as by the daemon.
const tick = time.Second

// Result is how one test ended.
type Result struct {
	Name        string
	Differences []string // from the expectations, each with its place; none if it passed
	Notes       []string // probable mistakes, likewise
}

// Run runs the tests in their order and calls report with the result of each.
func (f *File) Run(report func(Result)) error {
	for i := range f.Tests {
		r, err := f.newTrial(i)
		if err != nil {
			return err
		}
		r.play()
		r.noteUnjudged()
		report(Result{f.Tests[i].Name, r.said, r.noted})
	}
	return nil
}

// trial is one test while it runs.
type trial struct {
	*File
	test    *ruleTest
	path    string // of the test
	ledger  *metrics.Ledger
	engine  *alert.Engine
	parsers map[string]*parser.Parser
	result  parser.Result
	said    []string
	noted   []string     // what differs from nothing, but is probably not meant
	old     map[int]bool // entries of the test's lines with times before every window
}

// writing is one line at the moment when it is written.
type writing struct {
	at    time.Duration
	entry int // of the test's lines
	n     int // of its repetitions
}

// newTrial returns the test of that index, ready to play.
func (f *File) newTrial(i int) (*trial, error) {
	rules := alert.EvaluatedHere(f.rules)
	for i := range rules {
		texts := map[string]string{codesAnnotation: "{{ range .Codes }}{{ .Code }} {{ end }}"}
		maps.Copy(texts, rules[i].Annotations)
		rules[i].Annotations = texts
	}
	engine, err := alert.New(rules, f.cat, alert.Options{Settings: f.settings})
	if err != nil {
		return nil, fmt.Errorf("%s: compile rules: %w", f.path, err)
	}
	r := &trial{File: f, test: &f.Tests[i], path: fmt.Sprintf("tests[%d]", i), engine: engine, parsers: make(map[string]*parser.Parser), old: make(map[int]bool)}
	var names []string
	for _, s := range f.Sources {
		names = append(names, s.Name)
		if r.parsers[s.Name], err = parser.New(s.Parser, f.cat); err != nil {
			return nil, fmt.Errorf("%s: source %q: %w", f.path, s.Name, err)
		}
		r.parsers[s.Name].SetHeader(new(parser.Header)) // the lines of a source are one text
	}
	r.ledger = metrics.New(f.metrics, f.cat, names)
	return r, nil
}

// noteUnjudged names the lines that no expectation on an alert can see: those
// with times of their own before every window, and those written after the last
// expectation.
func (r *trial) noteUnjudged() {
	alerts := slices.ContainsFunc(r.test.Expect, func(e expectation) bool { return e.Alert != "" || e.Firing != nil })
	if !alerts {
		return
	}
	var last time.Duration
	for _, e := range r.test.Expect {
		last = max(last, *e.At)
	}
	for i, l := range r.test.Lines {
		path := fmt.Sprintf("lines[%d]", i)
		end := *l.At + time.Duration(l.Times-1)*l.Every
		switch {
		case r.old[i]:
			r.note(path, "its time is more than %s before the test's clock, so it counts, but is in no window of a rule: write {time} into the line, or set start", humanize.Duration(metrics.Retention))
		case *l.At > last:
			r.note(path, "is written at %s, after the last expectation at %s: nothing looks at it", humanize.Duration(*l.At), humanize.Duration(last))
		case end > last:
			r.note(path, "is written until %s, after the last expectation at %s: nothing looks at the rest", humanize.Duration(end), humanize.Duration(last))
		}
	}
}

func (r *trial) note(path, format string, args ...any) {
	r.noted = append(r.noted, r.place(r.path+"."+path)+": "+fmt.Sprintf(format, args...))
}

// play lets the clock run, second by second, to the last expectation. Each second it
// writes the lines, evaluates the rules and compares the result with the expectations.
func (r *trial) play() {
	lines := r.test.writings()
	expect := make([]int, len(r.test.Expect))
	for i := range expect {
		expect[i] = i
	}
	slices.SortStableFunc(expect, func(a, b int) int { return cmp.Compare(*r.test.Expect[a].At, *r.test.Expect[b].At) })
	for clock := time.Duration(0); len(lines) > 0 || len(expect) > 0; clock += tick {
		for len(lines) > 0 && lines[0].at <= clock {
			r.write(lines[0])
			lines = lines[1:]
		}
		now := r.test.Start.Add(clock)
		r.ledger.Settle(now, nil, nil)
		snap := r.ledger.Snapshot(now)
		r.engine.Evaluate(now, alert.Ledger{Snapshot: snap})
		for len(expect) > 0 && *r.test.Expect[expect[0]].At <= clock {
			r.compare(expect[0], snap)
			expect = expect[1:]
		}
	}
}

// writings returns every line with its time, in order.
func (t *ruleTest) writings() []writing {
	var all []writing
	for i, l := range t.Lines {
		for n := range l.Times {
			all = append(all, writing{*l.At + time.Duration(n)*l.Every, i, n})
		}
	}
	slices.SortStableFunc(all, func(a, b writing) int { return cmp.Compare(a.at, b.at) })
	return all
}

var placeholder = regexp.MustCompile(`\{n\}|\{time(?::([^{}]*))?\}`)

// write parses and counts one line as the daemon does.
func (r *trial) write(w writing) {
	l := &r.test.Lines[w.entry]
	now := r.test.Start.Add(w.at)
	text := placeholder.ReplaceAllStringFunc(l.Line, func(p string) string {
		if p == "{n}" {
			return strconv.Itoa(w.n + 1)
		}
		if layout := placeholder.FindStringSubmatch(p)[1]; layout != "" {
			return now.Format(layout)
		}
		return now.Format(time.RFC3339Nano)
	})
	p := r.parsers[l.Source]
	p.SetReference(now)
	block := []byte(strings.TrimRight(text, "\n") + "\n")
	p.Parse(&r.result, block, len(block))
	r.ledger.Commit(l.Source, now, &r.result, tailer.Position{})
	for i := range r.result.Events {
		if at := r.result.Events[i].Time; at != 0 && now.Sub(time.Unix(0, at)) >= metrics.Retention {
			r.old[w.entry] = true
		}
	}
	if l.Codes == nil || w.n > 0 {
		return // its repetitions have the same codes
	}
	var got []int
	for i := range r.result.Events {
		e := &r.result.Events[i]
		got = append(got, e.Code)
		if l.DRM != "" && e.DRM.String() != l.DRM {
			r.say(fmt.Sprintf("lines[%d]", w.entry), "code %d is of %s, expected %s", e.Code, e.DRM, l.DRM)
		}
	}
	if !sameNumbers(got, *l.Codes) {
		r.say(fmt.Sprintf("lines[%d]", w.entry), "recognised %s, expected %s", codeList(got), codeList(*l.Codes))
	}
}

func (r *trial) say(path, format string, args ...any) {
	r.said = append(r.said, r.place(r.path+"."+path)+": "+fmt.Sprintf(format, args...))
}

// compare looks at one expectation now.
func (r *trial) compare(i int, snap metrics.Snapshot) {
	e := &r.test.Expect[i]
	path, at := fmt.Sprintf("expect[%d]", i), "at "+humanize.Duration(*e.At)+": "
	switch {
	case e.Alert != "":
		s := r.status(e.Alert, e.Group)
		if e.Group != "" && s.Rule == "" {
			r.sayUnknown(path, at, e)
			return
		}
		if s.State.String() != e.State {
			r.say(path, "%s%s is %s, expected %s (%s)", at, e.Alert, s.State, e.State, why(s))
			return
		}
		if e.Codes != nil {
			var got []int
			for word := range strings.FieldsSeq(s.Annotations[codesAnnotation]) {
				if n, err := strconv.Atoi(word); err == nil {
					got = append(got, n)
				}
			}
			if !sameNumbers(got, *e.Codes) {
				r.say(path, "%s%s is firing with %s, expected %s", at, e.Alert, codeList(got), codeList(*e.Codes))
			}
		}
	case e.Firing != nil:
		var got []string
		for _, s := range r.engine.States() {
			if s.State == alert.Firing && !slices.Contains(got, s.Rule) {
				got = append(got, s.Rule)
			}
		}
		for _, name := range got {
			if !slices.Contains(*e.Firing, name) {
				r.say(path, "%s%s is firing, which is not expected (%s)", at, name, why(r.status(name, "")))
			}
		}
		for _, name := range *e.Firing {
			if s := r.status(name, ""); s.State != alert.Firing {
				r.say(path, "%s%s is %s, expected firing (%s)", at, name, s.State, why(s))
			}
		}
	default:
		occurrences, incidents := e.counted(snap)
		if e.Count != nil && occurrences != *e.Count {
			r.say(path, "%s%s counted %d times, expected %d", at, e.what(), occurrences, *e.Count)
		}
		if e.Incidents != nil && incidents != *e.Incidents {
			r.say(path, "%s%s counted as %d incidents, expected %d", at, e.what(), incidents, *e.Incidents)
		}
	}
}

// sayUnknown reports a group without an alert. That is expected of one that is
// inactive, if a line of the test names it.
func (r *trial) sayUnknown(path, at string, e *expectation) {
	named := slices.ContainsFunc(r.test.Lines, func(l testLine) bool { return strings.Contains(l.Line, e.Group) })
	if named && e.State == alert.Inactive.String() {
		return
	}
	by := ""
	var groups []string
	for _, c := range r.rules {
		if c.Name == e.Alert {
			by = c.By[0]
		}
	}
	for _, s := range r.engine.States() {
		if s.Rule == e.Alert {
			groups = append(groups, strconv.Quote(s.Labels[by]))
		}
	}
	seen := "no " + by + " has failed yet"
	if len(groups) > 0 {
		seen = "there are " + strings.Join(groups, ", ")
	}
	r.say(path, "%s%s has no group %q: %s", at, e.Alert, e.Group, seen)
}

func (e *expectation) counted(snap metrics.Snapshot) (occurrences, incidents uint64) {
	snap.Totals(func(t metrics.Total) {
		if t.Entry.Code == e.Code && (e.DRM == "" || t.Entry.DRM.String() == e.DRM) && (e.Source == "" || t.Source == e.Source) {
			occurrences += t.Occurrences
			incidents += t.Incidents
		}
	})
	return occurrences, incidents
}

func (e *expectation) what() string {
	if e.DRM == "" {
		return strconv.Itoa(e.Code)
	}
	return e.DRM + " " + strconv.Itoa(e.Code)
}

// status returns the state of a rule: of several groups the most alarming one.
func (r *trial) status(rule, group string) alert.Status {
	var most alert.Status
	by := ""
	for _, c := range r.rules {
		if c.Name == rule && len(c.By) > 0 {
			by = c.By[0]
		}
	}
	for _, s := range r.engine.States() {
		if s.Rule == rule && (group == "" || s.Labels[by] == group) && (most.Rule == "" || s.State > most.State) {
			most = s
		}
	}
	return most
}

// why returns what an alert goes by: its sentence, or its value and threshold.
func why(s alert.Status) string {
	if s.Sentence != "" {
		return s.Sentence
	}
	return fmt.Sprintf("%s, fires at %s", strconv.FormatFloat(s.Value, 'f', 1, 64), humanize.Number(s.Threshold))
}

func sameNumbers(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func codeList(list []int) string {
	if len(list) == 0 {
		return "no code"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]")
}
