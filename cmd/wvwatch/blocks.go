package main

import (
	"bytes"
	"errors"
	"io"
	"time"

	"wvwatch/internal/parser"
	"wvwatch/internal/tailer/logfs"
)

// blockSize is what a parser is given at a time, and the longest line that is
// read: a longer one is skipped to its end and counted. It is well above the
// bound of one record, so that every block makes progress.
const blockSize = 1 << 20

// readSize is how much of a block is read at a time: what a processor's cache
// still holds when the parser comes to it.
const readSize = 256 << 10

// blocks reads a stream to its end, for the commands that read whole files.
type blocks struct {
	parser   *parser.Parser
	result   parser.Result
	buf      []byte
	overlong int // lines skipped
}

func newBlocks(p *parser.Parser) *blocks {
	p.SetReference(time.Now())
	return &blocks{parser: p, buf: make([]byte, blockSize)}
}

// read gives each result to use, with the number of lines that were skipped
// right after it. The result is borrowed.
func (b *blocks) read(r io.Reader, use func(res *parser.Result, skipped int) error) error {
	skipping := false
	for n := 0; ; {
		k, err := io.ReadFull(r, b.buf[n:min(n+readSize, blockSize)])
		cut := errors.Is(err, logfs.ErrCut) // what could be unpacked of a damaged file counts, as in run
		atEnd := err == io.EOF || err == io.ErrUnexpectedEOF || cut
		if err != nil && !atEnd {
			return err
		}
		n += k
		skipped := 0
		if skipping {
			end := bytes.IndexByte(b.buf[:n], '\n') + 1
			if end == 0 && !atEnd {
				n = 0
				continue
			}
			if end == 0 {
				end = n
			}
			n = copy(b.buf, b.buf[end:n])
			skipping = false
			if !atEnd {
				continue
			}
		}
		whole, settled := n, 0
		if !atEnd || cut {
			whole = bytes.LastIndexByte(b.buf[:n], '\n') + 1
		}
		if atEnd {
			settled = whole
		}
		if whole == 0 && !atEnd && n < blockSize {
			continue
		}
		if whole == 0 && !atEnd { // one line fills the block
			skipping, skipped, n = true, 1, 0
			b.overlong++
		}
		used := b.parser.Parse(&b.result, b.buf[:whole], settled)
		if err := use(&b.result, skipped); err != nil {
			return err
		}
		if cut {
			return err
		}
		if atEnd {
			return nil
		}
		n = copy(b.buf, b.buf[used:n])
	}
}
