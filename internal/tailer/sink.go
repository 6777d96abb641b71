package tailer

import "wvwatch/internal/parser"

// Batch is a block of whole lines of one file. Lines is borrowed until Parse returns.
type Batch struct {
	Source     string
	Name       string // the file's path, for messages
	Lines      []byte // every line ends in '\n', but for the last one of a finished file
	Settled    int    // how many of the first bytes are old enough to end every record in them; see parser.Parse
	CatchingUp bool   // the block is part of a backlog, not at the live edge

	// Header is that of a W3C extended log before Lines. The sink moves it over the lines
	// that it takes. Nil where the lines are not of one text.
	Header *parser.Header

	// TimeOf returns when the transport received a line, counted from 0 in Lines, in
	// Unix nanoseconds: the time of a record that has none of its own. It may be called
	// until Parse returns. Nil where the transport has no times.
	TimeOf func(line int) int64
}

// Sink takes what one follower reads. One sink serves one goroutine at a time;
// the tailer asks for one for each reader goroutine and source.
//
// A Commit always belongs to the Parse before it. Where a position is to be
// kept though nothing was read (a new file, a file that begins again, a line
// stepped over), Parse is called with an empty batch first.
type Sink interface {
	// Parse reads whole records and returns how many bytes of b.Lines they
	// take. What is left over is given again with what follows it. It must take
	// something when all of b.Lines is settled, and when it is longer than the
	// longest record (256 KiB).
	Parse(b Batch) (consumed int)
	// Commit counts what the last Parse found, and p with it, in one step. It
	// replaces the position with p's ID.
	Commit(p Position)
	// Forget drops the position of a text that is not needed any more.
	Forget(id ID)
}
