// Package read finds what a record shows: it walks through JSON and what loggers print in
// its likeness, reads text around the literals that evidence holds, and takes escapes
// and encodings off. It writes tokens; what they mean for the record is evaluated
// elsewhere.
//
// Reading is a function of the bytes and their place in the record: no reader looks at
// what another one found.
package read

import (
	"bytes"
	"regexp"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/scan"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// Options set how the records of a source are read. The zero value reads no format.
type Options struct {
	Auto   bool             // evidence is searched for
	Paths  servers.Paths    // the user's licence paths
	Extras map[string]bool  // the user's names of the extra
	Whats  signs.WhatValues // the user's values of what
	Fields *Fields          // of a configured format
	Logfmt bool             // Fields are keys of logfmt
	Regex  *regexp.Regexp   // of a configured format; has a group code
	Every  bool             // no literal shows which records are worth reading
}

// Reader reads one record at a time. It is not safe for concurrent use. The block and
// the weigher are borrowed.
type Reader struct {
	walker
	all      bool   // every listed number is to be explained
	coloured bool   // the block holds colours
	record   uint32 // counts the records
	filled   int    // records that were read by a template
	block    anchors
	wrapped  anchors
	value    anchors        // of a string that is kept
	paths    lex.PathReader // of configured paths

	templates templates
	repeated  repeated
	values    [cachedValues]*cached // nil: never used
	found     []filled              // the strings of the line that were read
	followed  int                   // those that had a plan
	once      []*cached             // those that are not kept
	strings   uint32                // counts those that were read
	plans     plans
	late      late
	buffer    []tape.Token // of late tokens
	borrowed  bool         // the tokens on the tape are a template's
	own       []tape.Token // memory of the tape's meanwhile
}

// walker reads texts and the objects in them. It writes what it finds to its tape.
type walker struct {
	tape.Tape
	options  Options
	cat      *codes.Catalogue
	signs    *signs.Weigher
	literals *literals
	in       *anchors          // of the text that is being read
	nest     [maxLevel]anchors // of decoded texts, by level
	arena    []byte            // decoded texts of this record
	batch    bool              // the record is several, each in base64
	opened   [lex.MaxDepth]opened
	draft    *draft // of the line that is walked; nil: no template can be made of it
	urls     lookedUp
	answer   answer
	asked
}

// asked is what a text was searched for: the strings of one line are texts of their own.
type asked struct {
	searched  searched // for the session server's words
	query     searched // for words of errors
	leads     searched // for the order of what and extra
	noMethod  *byte    // where the reading of a text without method= began
	requestIn *byte    // and of one with a known licence request
	noColumns *byte    // the line with columns that are no request
	lineBegin lineBegin
	names     signs.Names // of codes, near the server's words
	licences  weighed     // words for one
	unclosed  int         // values that were looked through without an end
}

// reset forgets all texts.
func (a *asked) reset() {
	a.names.Reset()
	*a = asked{names: a.names}
}

// searched is what a text, from where its reading began up to some index, was searched
// for.
type searched struct {
	text  *byte
	to    int
	found bool
}

// maxLevel bounds how many escapes and encodings are taken off one another.
const maxLevel = 8

// New returns a Reader by the options, which must not be TooMany.
func New(o Options, cat *codes.Catalogue, w *signs.Weigher) *Reader {
	s := &Reader{walker: walker{options: o, cat: cat, signs: w, literals: newLiterals(o.rows())}}
	s.templates.credit = maxCredit
	return s
}

// All makes Read read every record, whatever it holds.
func (s *Reader) All(on bool) { s.all = on }

// Walk makes Read walk through every line, or not. The tokens mean the same: it is for
// tests and comparisons. The templates are forgotten.
func (s *Reader) Walk(on bool) {
	s.templates.known, s.templates.credit, s.repeated.row = s.templates.known[:0], maxCredit, nil
	if on {
		s.templates.credit = -1 << 60
	}
}

// Filled returns how many records were read by a template.
func (s *Reader) Filled() int { return s.filled }

// Followed returns how many of them had a plan, whether it fitted or not.
func (s *Reader) Followed() int { return s.followed }

// Begin begins a block and returns its marks, nil where it has none.
func (s *Reader) Begin(block []byte) *scan.Map {
	s.block.reset(block, s.literals)
	s.coloured = bytes.IndexByte(block, lex.Escape) >= 0 || s.options.Every
	return s.block.scan()
}

// Read reads a record of the block. It returns what the record shows, borrowed until the
// next one, and how many bytes of a header are before its own text; nil where it can
// hold nothing.
func (s *Reader) Read(r *framing.Record) (t *tape.Tape, head int) {
	s.batch = r.Batch
	if !r.Joined && !s.all && !s.options.Every && !s.batch && s.block.next(r.At.Start) >= r.At.End {
		return nil, 0
	}
	s.in = &s.block
	if r.Wrapped {
		s.in = &s.wrapped
		s.in.reset(r.Text, s.literals)
	}
	return &s.Tape, s.read(r)
}

// Idle returns up to where in the block, from a place on that was not read yet, no record
// can hold anything, other than such as are not in the block as they are.
func (s *Reader) Idle(from int) int {
	if s.all || s.options.Every {
		return 0
	}
	return s.block.next(from)
}

func (s *Reader) read(r *framing.Record) (head int) {
	text, from := r.Text, r.From
	if s.borrowed {
		s.Tokens, s.borrowed = s.own, false
	}
	s.Reset(text[from:])
	s.record++
	s.arena, s.draft, head = s.arena[:0], nil, r.Head
	if (s.coloured || r.Wrapped) && (bytes.IndexByte(s.Raw, lex.Escape) >= 0 || head > 0 && bytes.Contains(s.Raw, lex.SyslogEscape)) {
		s.arena = append(s.arena, s.Raw...)
		s.Raw = lex.StripColours(s.arena)
		s.arena = s.arena[:len(s.Raw)]
		s.wrapped.reset(s.Raw, s.literals)
		s.in, text, from = &s.wrapped, s.Raw, 0
		head = min(head, len(s.Raw))
	}
	if r.Joined && s.options.Auto && !s.batch && !s.all && !s.options.Every && s.in.next(from) >= len(text) {
		return head // the block showed nothing of what it holds
	}
	line := lex.TrimLine(s.Raw)
	if s.options.Auto && !s.batch && !s.all && (r.Whole || framing.Complete(line)) {
		s.line(text, from, line)
		return head
	}
	again := s.options.Auto && !s.batch && !s.all
	if again && len(line) > 0 && s.repeated.read(s, text, from, from+len(line)) {
		return head
	}
	top := place{request: true}
	s.asked.reset()
	if i := s.lineAt(line); i > 0 && s.filledAt(text, from, line, i) {
		return head
	}
	switch {
	case !s.options.Auto:
		s.paths.Reset()
		s.text(text, from, top)
		s.configured()
	case s.batch:
		s.object(text, from, top)
	case !s.several(text, from, from+len(line), top):
		if s.text(text, from, top); again && s.templates.credit >= 0 {
			s.repeated.keep(s, text, from)
		}
	}
	return head
}

// lineAt returns where the one JSON object in the line begins that goes on to its end, as
// after the header of a daemon; 0 where there is none.
func (s *Reader) lineAt(line []byte) int {
	if !s.options.Auto || s.batch || s.all || len(line) == 0 || line[len(line)-1] != '}' {
		return 0
	}
	i := bytes.IndexByte(line, '{')
	if i <= 0 || bytes.IndexByte(line, '\n') >= 0 {
		return 0
	}
	return i
}

// filledAt reads the line, with its object at line[i], by a template, or makes one of it,
// and reports whether it did. What is before the object must hold nothing.
func (s *Reader) filledAt(text []byte, from int, line []byte, i int) bool {
	if s.in.next(from) < from+i || signs.PrintedByPlayer(line[:i]) {
		return false
	}
	if known := s.templates.match(line[i:], s.quotesAt(from+i)); known != nil {
		s.filled++
		s.fill(known, text, from+i, from+len(line))
		return true
	}
	s.beginDraft(from + i)
	s.text(text, from, place{request: true})
	s.endDraft(line[i:])
	return true
}

// line reads a record that is one JSON object on its line.
func (s *Reader) line(text []byte, from int, line []byte) {
	if known := s.templates.match(line, s.quotesAt(from)); known != nil {
		s.filled++
		s.fill(known, text, from, from+len(line))
		return
	}
	top := place{request: true}
	s.asked.reset()
	if s.several(text, from, from+len(line), top) {
		return
	}
	s.beginDraft(from)
	s.text(text, from, top)
	s.endDraft(line)
}

// beginDraft begins a draft of the line with its object at from, if one is worth it.
func (s *Reader) beginDraft(from int) {
	if s.templates.credit >= templateCost {
		s.templates.credit -= templateCost
		s.draft = &s.templates.draft
		s.draft.reset(from)
	} else {
		s.templates.credit += creditMiss
	}
}

// endDraft makes a template of the line, an object, which was walked, if it can have one.
func (s *Reader) endDraft(line []byte) {
	if s.draft != nil && s.draft.whole == len(line) {
		s.templates.learn(line, s.Tokens)
	}
	s.draft = nil
}

// Objects returns the tokens of all objects of raw, those without an anchor, too. They
// are borrowed until the next record.
func (s *Reader) Objects(raw []byte) []tape.Token {
	first := len(s.Tokens)
	s.asked.reset()
	s.draft, s.in = nil, &s.value
	s.in.reset(raw, s.literals)
	for i := 0; i < len(raw); i++ {
		if raw[i] == '{' {
			next, _ := s.object(raw, i, place{})
			i = max(next-1, i)
		}
	}
	tokens := s.Tokens[first:]
	s.Tokens = s.Tokens[:first]
	return tokens
}

// notPlain notes that no template can be made of the line.
func (s *walker) notPlain() { s.draft = nil }

// said adds a word.
func (s *walker) said(w tape.Word) { s.Add(tape.Said).Word = w }

// bounded adds that a text was not read to its end.
func (s *walker) bounded(b result.Bound) { s.Add(tape.Bound).Num = int64(b) }
