package web

import (
	"bytes"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// maxMarks bounds the numbers that are looked at in one sample: each costs a parse.
const maxMarks = 32

// mark is a number in the text of a sample: one that counts, or one that is ignored.
type mark struct {
	At     int    `json:"at"`               // characters (Unicode code points) before it
	Length int    `json:"length"`           // characters
	Number int    `json:"number"`           // as read
	Reason string `json:"reason,omitempty"` // why it is ignored; empty for one that counts
}

// marker finds out which numbers of a sample count. One number can be in a record
// several times with different meanings: a player's 6007 next to a licence server's,
// a thread 4025 next to a code 4025. So each place is read on its own, with the other
// places of the same number overwritten. It may be used concurrently.
type marker struct {
	mu     sync.Mutex
	cat    *codes.Catalogue // that parser was made for
	parser *parser.Parser
	result parser.Result
}

// marks returns the numbers of s in the order of the text. Where the redacted text
// does not show any more why s was counted or ignored, only a number with a single
// place is marked.
func (m *marker) marks(s *metrics.Sample, cat *codes.Catalogue) []mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.parser == nil || m.cat != cat {
		p, err := parser.New(parser.Config{}, cat)
		if err != nil {
			return nil // the default configuration always compiles
		}
		p.Explain(true)
		m.cat, m.parser = cat, p
	}
	text := []byte(s.Text)
	m.read(text)
	// The sample's own number comes first, in case there are more than maxMarks.
	numbers := []int{s.Code + s.Number}
	for _, e := range m.result.Events {
		numbers = append(numbers, e.Code)
	}
	for _, f := range m.result.Refusals {
		numbers = append(numbers, max(f.Number, -f.Number))
	}
	found, budget := []mark{}, maxMarks
	for i, n := range numbers {
		if n != 0 && !slices.Contains(numbers[:i], n) {
			found = append(found, m.places(s, text, n, &budget)...)
		}
	}
	slices.SortFunc(found, func(a, b mark) int { return a.At - b.At })
	for i := range found { // bytes up to here
		found[i].At = utf8.RuneCount(text[:found[i].At])
	}
	return found
}

// places returns the marks of one number, at offsets in bytes.
func (m *marker) places(s *metrics.Sample, text []byte, number int, budget *int) (found []mark) {
	digits := strconv.Itoa(number)
	at := wholeNumbers(text, digits)
	for _, place := range at {
		if *budget--; *budget < 0 {
			break
		}
		alone := bytes.Clone(text)
		for _, other := range at {
			if other != place {
				copy(alone[other:], "00000"[:len(digits)])
			}
		}
		m.read(alone)
		one := mark{At: place, Length: len(digits), Number: number}
		refused := slices.IndexFunc(m.result.Refusals, func(f parser.Refusal) bool { return f.Number == number || f.Number == -number })
		switch {
		case slices.ContainsFunc(m.result.Events, func(e parser.Event) bool { return e.Code == number }):
		case refused >= 0:
			one.Reason = m.result.Refusals[refused].Reason.String()
		case len(at) == 1 && number == s.Code:
		case len(at) == 1 && number == s.Number:
			one.Reason = s.Reason
		default:
			continue
		}
		found = append(found, one)
	}
	return found
}

func (m *marker) read(text []byte) { m.parser.Parse(&m.result, text, len(text)) }

// wholeNumbers returns where digits are a number of their own in text.
func wholeNumbers(text []byte, digits string) (at []int) {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte(digits))
		if n < 0 {
			return at
		}
		i += n
		if !digit(i-1) && !digit(i+len(digits)) {
			at = append(at, i)
		}
		i += len(digits)
	}
}
