package metrics

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/privacy"
)

// Bounds of Samples: at most maxSampled kinds of sampled records, a few of each,
// which is 3 MiB at the very worst, and a few dozen kilobytes as a rule.
const (
	samplesEach      = 3
	maxSampled       = 1000
	maxSampleBytes   = 1 << 10
	samplesPerSecond = 10               // taken of one source
	sampleEvery      = 30 * time.Second // where there are samplesEach already: redaction costs as much as 200 lines
	maxLooked        = 64               // events, refusals and records without code looked at in one block
	maxNumberAway    = 50               // lines between a record's first and a refused number
)

// Sample is the text of a record that reported a code, or that shows why it
// reports none, as privacy.Redact shows it.
type Sample struct {
	Source string
	File   string
	Taken  time.Time
	DRM    codes.DRM // of a code
	Code   int       // 0 where Reason is why there is none
	Reason string    // a parser.Reason, or a parser.Missing
	Number int       // that was refused; 0 for none
	Text   string    // valid UTF-8 of a few lines, maxSampleBytes at most
}

// sampled is what samples are kept apart by.
type sampled struct {
	source string
	drm    codes.DRM
	code   int32
	reason string
}

// Samples keeps the last few records of each kind: of each code, and of each
// reason why a number or a record does not count. It lives in memory only: no
// text of a log is ever written down. It may be used concurrently; a nil one keeps
// nothing.
type Samples struct {
	mu     sync.Mutex
	kinds  map[sampled][]Sample // oldest first
	budget map[string]sampleBudget
}

// sampleBudget is what a source may still have sampled in a second.
type sampleBudget struct {
	second int64
	left   int
}

// NewSamples returns an empty collection.
func NewSamples() *Samples {
	return &Samples{kinds: make(map[sampled][]Sample), budget: make(map[string]sampleBudget)}
}

// Take samples a block of file, of which p found r. Where the parser reported
// nothing it costs nothing; else it looks at a bounded number of records and
// takes at most samplesPerSecond of a source.
func (s *Samples) Take(source, file string, now time.Time, block []byte, p *parser.Parser, r *parser.Result) {
	if s == nil || len(r.Events) == 0 && len(r.Refusals) == 0 && r.WithoutCode == [parser.NumMissing]int{} {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	budget := s.budget[source]
	if budget.second != now.Unix() {
		budget = sampleBudget{now.Unix(), samplesPerSecond}
	}
	if budget.left == 0 {
		return
	}
	take := func(k sampled, line, last, number int) {
		if budget.left == 0 || !s.wants(k, now) {
			return
		}
		budget.left--
		if text := sampleText(p, block, line, last, number); text != "" {
			sample := Sample{Source: source, File: file, Taken: now, DRM: k.drm, Code: int(k.code), Reason: k.reason, Text: text}
			if k.code == 0 {
				sample.Number = number
			}
			s.put(k, sample)
		}
	}
	for i := 0; i < len(r.Events); i += 1 + len(r.Events)/maxLooked {
		e := &r.Events[i]
		take(sampled{source: source, drm: known(e.DRM), code: int32(e.Code)}, e.Line, e.LastLine, e.Code)
	}
	for i := 0; i < len(r.Refusals); i += 1 + len(r.Refusals)/maxLooked {
		f := &r.Refusals[i]
		take(sampled{source: source, reason: f.Reason.String()}, f.Line, -1, f.Number)
	}
	looked := 0
	r.EachMissing(func(line int, m parser.Missing) {
		if looked++; looked <= maxLooked {
			take(sampled{source: source, reason: m.String()}, line, line, 0)
		}
	})
	s.budget[source] = budget
}

// wants reports whether another record of a kind is welcome.
func (s *Samples) wants(k sampled, now time.Time) bool {
	have := s.kinds[k]
	return len(have) < samplesEach || now.Sub(have[len(have)-1].Taken) >= sampleEvery
}

func (s *Samples) put(k sampled, one Sample) {
	have := s.kinds[k]
	if len(have) == 0 && len(s.kinds) >= maxSampled {
		s.dropOldest()
	}
	if len(have) == samplesEach {
		have = slices.Delete(have, 0, 1)
	}
	s.kinds[k] = append(have, one)
}

// dropOldest forgets the kind that was met longest ago.
func (s *Samples) dropOldest() {
	var oldest sampled
	var when time.Time
	for k, have := range s.kinds {
		if t := have[len(have)-1].Taken; when.IsZero() || t.Before(when) {
			oldest, when = k, t
		}
	}
	delete(s.kinds, oldest)
}

// All returns the samples that keep wants, newest first.
func (s *Samples) All(keep func(*Sample) bool) []Sample {
	all := []Sample{}
	if s == nil {
		return all
	}
	s.mu.Lock()
	for _, have := range s.kinds {
		for i := range have {
			if keep(&have[i]) {
				all = append(all, have[i])
			}
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b Sample) int {
		return cmp.Or(b.Taken.Compare(a.Taken), cmp.Compare(a.Source, b.Source), cmp.Compare(a.DRM, b.DRM),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Text, b.Text))
	})
	return all
}

// Keep forgets the samples of sources that are not configured any more.
func (s *Samples) Keep(sources []string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.kinds {
		if !slices.Contains(sources, k.source) {
			delete(s.kinds, k)
		}
	}
	for name := range s.budget {
		if !slices.Contains(sources, name) {
			delete(s.budget, name)
		}
	}
}

// sampleText returns the record that begins in a line of block, redacted, and
// cut to what is around number. last is the record's last line, -1 where it
// is not known. It is empty where the record cannot be shown.
func sampleText(p *parser.Parser, block []byte, line, last, number int) string {
	for range line {
		_, rest, found := bytes.Cut(block, []byte{'\n'})
		if !found {
			return ""
		}
		block = rest
	}
	if last < 0 {
		last = line + linesTo(block, number)
	}
	text, whole := p.Text(nil, block, last-line+1)
	if !whole {
		// The last word may be the beginning of a secret, too short to recognise.
		text = text[:bytes.LastIndexAny(text, " \t\n,;&\"'{}()[]<>|=")+1]
	}
	return around(privacy.Redact(nil, text, number), number)
}

// linesTo returns how many lines below the first one the number is; 0 where
// it is not found.
func linesTo(block []byte, number int) int {
	digits := strconv.Itoa(number)
	for n := range maxNumberAway {
		line, rest, found := bytes.Cut(block, []byte{'\n'})
		if bytes.Contains(line, []byte(digits)) {
			return n
		}
		if !found {
			break
		}
		block = rest
	}
	return 0
}

// around cuts a text to maxSampleBytes, so that what is around number is left,
// and makes it valid UTF-8 without control characters.
func around(text []byte, number int) string {
	const gap = "…"
	if len(text) > maxSampleBytes {
		room, begin := maxSampleBytes-2*len(gap), 0
		if at := bytes.Index(text, strconv.AppendInt(nil, int64(number), 10)); number != 0 && at > room*3/4 {
			begin = min(at-room/2, len(text)-room)
		}
		cut := string(text[begin:min(begin+room, len(text))])
		if begin > 0 {
			cut = gap + cut
		}
		if begin+room < len(text) {
			cut += gap
		}
		text = []byte(cut)
	}
	printable := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd' // a terminal's or a text direction's command
		}
		return r
	}, strings.ToValidUTF8(string(text), "\ufffd"))
	// Each bad byte has become three.
	for len(printable) > maxSampleBytes {
		printable = strings.ToValidUTF8(printable[:maxSampleBytes], "")
	}
	return strings.TrimRight(printable, "\n ")
}
