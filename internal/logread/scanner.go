// Package logread reads whole log files for the commands that do not follow them:
// plain or compressed, or what agents push, to the end of each file.
//
// It promises that a file is parsed into the same records as by the daemon. What
// is made of the results is left to the callers.
package logread

import (
	"bytes"
	"errors"
	"io"
	"time"

	"wvwatch/internal/parser"
	"wvwatch/internal/tailer/logfs"
)

// MaxLine is the longest line that is read, in bytes, and the size of the blocks that
// a parser is given: a longer line is skipped to its end and counted. It is well above
// the bound of one record, so that every block makes progress.
const MaxLine = 1 << 20

// readSize is how much of a block is read at a time: what a processor's cache
// still holds when the parser comes to it.
const readSize = 256 << 10

// Scanner parses streams to their end, one after the other. It is used by one goroutine.
type Scanner struct {
	parser   *parser.Parser
	result   parser.Result
	buf      []byte
	overlong int
}

// NewScanner returns a scanner that parses with p. Times without a year are near now,
// unless the caller sets another reference.
func NewScanner(p *parser.Parser) *Scanner {
	p.SetReference(time.Now())
	return &Scanner{parser: p, buf: make([]byte, MaxLine)}
}

// Overlong returns how many lines the last Scan skipped since they are longer than
// MaxLine.
func (s *Scanner) Overlong() int { return s.overlong }

// Scan reads r to its end and calls use with each result, and with the number of
// lines that were skipped right after it. The result is borrowed until use returns.
// An error of use ends the scan; what a damaged compressed file holds before the
// damage is passed to use before the error is returned.
func (s *Scanner) Scan(r io.Reader, use func(res *parser.Result, skipped int) error) error {
	s.overlong = 0
	s.parser.SetHeader(new(parser.Header))
	skipping := false
	for n := 0; ; {
		k, err := io.ReadFull(r, s.buf[n:min(n+readSize, MaxLine)])
		cut := errors.Is(err, logfs.ErrCut) // what could be unpacked of a damaged file counts, as in run
		atEnd := err == io.EOF || err == io.ErrUnexpectedEOF || cut
		if err != nil && !atEnd {
			return err
		}
		n += k
		skipped := 0
		if skipping {
			end := bytes.IndexByte(s.buf[:n], '\n') + 1
			if end == 0 && !atEnd {
				n = 0
				continue
			}
			if end == 0 {
				end = n
			}
			n = copy(s.buf, s.buf[end:n])
			skipping = false
			if !atEnd {
				continue
			}
		}
		whole, settled := n, 0
		if !atEnd || cut {
			whole = bytes.LastIndexByte(s.buf[:n], '\n') + 1
		}
		if atEnd {
			settled = whole
		}
		if whole == 0 && !atEnd && n < MaxLine {
			continue
		}
		if whole == 0 && !atEnd { // one line fills the block
			skipping, skipped, n = true, 1, 0
			s.overlong++
		}
		used := s.parser.Parse(&s.result, s.buf[:whole], settled)
		if used == 0 && n == MaxLine { // the line after these lines fills the block: the record ends before it
			used = s.parser.Parse(&s.result, s.buf[:whole], whole)
		}
		if err := use(&s.result, skipped); err != nil {
			return err
		}
		if cut {
			return err
		}
		if atEnd {
			return nil
		}
		n = copy(s.buf, s.buf[used:n])
	}
}
