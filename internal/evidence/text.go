// Package evidence shows for the lines of a log which numbers count, which do not, and why.
package evidence

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/privacy"
)

// Text writes results for people: the line, the number underlined, and why it
// counts or not. It keeps the lines that the parser has not consumed yet.
type Text struct {
	cat     *codes.Catalogue
	out     io.Writer
	explain bool
	pending []byte // of the input, from the line after the last result on
	before  int    // lines of the blocks before
}

// NewText returns a Text that writes to out. With explain it writes ignored numbers, too.
func NewText(out io.Writer, cat *codes.Catalogue, explain bool) *Text {
	return &Text{cat: cat, out: out, explain: explain}
}

// Write takes the bytes that the parser is given.
func (p *Text) Write(b []byte) (int, error) {
	p.pending = append(p.pending, b...)
	return len(b), nil
}

// Print writes a result in the order of its lines.
func (p *Text) Print(r *parser.Result, skipped int) error {
	refusals := r.Refusals
	if !p.explain {
		refusals = nil
	}
	var offsets []int
	for i, n := 0, 0; n <= r.Lines && i <= len(p.pending); n++ {
		offsets = append(offsets, i)
		end := bytes.IndexByte(p.pending[i:], '\n')
		if end < 0 {
			break
		}
		i += end + 1
	}
	lines := func(first, last int) []byte {
		if first >= len(offsets) {
			return nil
		}
		end := len(p.pending)
		if last+1 < len(offsets) {
			end = offsets[last+1]
		}
		return p.pending[offsets[first]:end]
	}
	for _, e := range r.Events {
		for len(refusals) > 0 && refusals[0].Line < e.Line {
			p.ignored(refusals[0], lines(refusals[0].Line, refusals[0].Line))
			refusals = refusals[1:]
		}
		p.counted(e, lines(e.Line, e.LastLine))
	}
	for _, f := range refusals {
		p.ignored(f, lines(f.Line, f.Line))
	}
	p.before += r.Lines + skipped
	for range r.Lines + skipped {
		i := bytes.IndexByte(p.pending, '\n')
		if i < 0 {
			i = len(p.pending) - 1
		}
		p.pending = p.pending[i+1:]
	}
	return nil
}

func (p *Text) counted(e parser.Event, text []byte) {
	entry := p.cat.Resolve(e.DRM, e.Code)
	fmt.Fprintf(p.out, "line %d: %d counted for %s (%s): %s", p.before+e.Line+1, e.Code, e.DRM, entry.Category, parser.EvidenceMeaning(e.Evidence))
	if why := parser.SignMeaning(e.Sign); why != "" {
		fmt.Fprintf(p.out, "; %s [%s]", why, e.Sign)
	}
	fmt.Fprintln(p.out)
	p.underline(text, e.Code)
}

func (p *Text) ignored(f parser.Refusal, text []byte) {
	fmt.Fprintf(p.out, "line %d: %d ignored (%s): %s", p.before+f.Line+1, f.Number, f.Reason, parser.ReasonMeaning(f.Reason))
	if why := parser.SignMeaning(f.Sign); why != "" && why != parser.ReasonMeaning(f.Reason) {
		fmt.Fprintf(p.out, "; %s [%s]", why, f.Sign)
	}
	fmt.Fprintln(p.out)
	p.underline(text, f.Number)
}

// shownAround is how much of a line is shown on either side of the number.
const shownAround = 70

// underline writes the part of the text around the number, without what is private,
// and marks the number. Where it is encoded there is nothing to mark.
func (p *Text) underline(text []byte, number int) {
	digits := []byte(strconv.Itoa(number))
	at := wholeNumber(text, digits)
	line := text
	if at >= 0 {
		start := bytes.LastIndexByte(text[:at], '\n') + 1
		line = text[start:]
	}
	line, _, _ = bytes.Cut(line, []byte{'\n'})
	line = privacy.Redact(nil, bytes.TrimRight(line, "\r"), number)
	if at = wholeNumber(line, digits); at < 0 {
		fmt.Fprintf(p.out, "    %s\n", printable(line[:min(len(line), 2*shownAround)]))
		return
	}
	start, end := max(0, at-shownAround), min(len(line), at+len(digits)+shownAround)
	before := printable(line[start:at])
	fmt.Fprintf(p.out, "    %s%s\n    %s%s\n", before, printable(line[at:end]), strings.Repeat(" ", len([]rune(before))), strings.Repeat("^", len(digits)))
}

// wholeNumber returns where the digits are a number of their own, or -1.
func wholeNumber(text, digits []byte) int {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	for i := 0; ; {
		n := bytes.Index(text[i:], digits)
		if n < 0 {
			return -1
		}
		i += n
		if !digit(i-1) && !digit(i+len(digits)) {
			return i
		}
		i += len(digits)
	}
}

// printable returns text as one line that changes nothing on a terminal.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(string(text), "·"))
}
