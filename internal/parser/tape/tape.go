// Package tape is what the readers of records write and the evaluator reads: tokens in
// the order in which a record shows them.
//
// A token records what is where. What it means for the record is the evaluator's: the
// readers do not look at what they have found before.
package tape

import (
	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens. Objects, answers and extras are balanced.
const (
	Open        Kind = iota // an object begins, the value of Field
	Close                   // it ends. Text is the object, Num how many bytes of Text are its own
	Drop                    // it turns out to be none, and nothing of it counts
	Named                   // the object that ended last is the value of the member Text
	Behind                  // the object that ended last is printed in a text, after Text
	AnswerOpen              // a server's answer begins, the value of Field
	AnswerClose             // it ends
	ExtraOpen               // the value of a field named as the extra begins
	ExtraClose              // it ends
	Present                 // a member Field that is no whole scalar
	Value                   // a scalar Text of a member Field
	Message                 // a message Text, which may begin with a time
	Code                    // the number Num in a proved position
	Ignored                 // the number Num, which is no code by Reason
	Path                    // a licence path of DRM; Text is the tenant in it
	Request                 // the licence request to DRM of a line Text, with the status Num
	Took                    // the duration Text in the unit Field, of the request before
	Lasted                  // the duration of Num nanoseconds, of the request before
	Said                    // a word or text, by Word
	Bound                   // a text was not read to its end, by Num
	Record                  // one record of several: Num is its index in Records
	Configured              // what follows is where the configuration points; nothing before counts
	Set                     // the configuration sets the Field to Text
)

// Word is the meaning of a token of kind Said.
type Word uint8

// The words and texts.
const (
	ServerStatus  Word = iota // the licence server's status
	SessionLimit              // the session server's limit
	LicenceFailed             // a client's words for a failed licence request
	ErrorResponse             // an HTTP error in the words of the platform's DRM
	LostNumber                // a listed number next to the name of a code, which no rule reads
)

// Flags of a token.
type Flags uint8

// The flags. Those of one line are of one kind of token.
const (
	Quoted Flags = 1 << iota // of a Value: a string
	Member                   // of a Value: a member of the object that is open
	Fact                     // of a Value: may be a fact of the record
	Own                      // of a Value: a request described here is the record's own
	Typed                    // of a Value: a number in an object with its type

	Cut    = Quoted // of a Close: the text ends within the object
	Broken = Member // of a Close: the text is no object

	Post = Quoted // of a Request: the method is known
	Line = Member // of a Request: Text is an access log's line, From and To are the URL in it

	NeedsWords = Quoted // of a Code: it counts next to the server's words only

	Wanted = Quoted // of an ExtraOpen: the object around takes the code inside
)

// Rank is how far inside a record a value is, from 1; 0 is nowhere. What is further
// out is the record's own; the members of a body are not.
type Rank int16

// Before reports whether r is further out than old.
func (r Rank) Before(old Rank) bool { return old == 0 || r < old }

// Unnamed is added to the rank of a URL under a name that is no path's.
const Unnamed Rank = 1 << 10

// Token is one thing that a record shows. Its text is borrowed until the next record.
type Token struct {
	Text     []byte
	Num      int64
	From, To int32 // of a Request: see Line. From of a Value is its number in a line with a template, from 1; of the Path in a string, less its number, from -1
	Rank     Rank
	Kind     Kind
	Field    fieldnames.Field
	Flags    Flags
	Depth    int8 // of nesting within its text
	Level    int8 // escapes and encodings around it
	DRM      codes.DRM
	Word     Word
	Reason   result.Reason
	Evidence result.Evidence
	Speaker  signs.Speaker
	Weight   signs.Weight
}

// Inner is one record of several in a line.
type Inner struct {
	Raw    []byte
	Tokens int // how many tokens after the one of kind Record are its own
	Texts  [2]int
}

// Tape is what a record shows.
type Tape struct {
	Raw     []byte // the record
	Tokens  []Token
	Texts   [][]byte // what was decoded
	Records []Inner
	Brief   bool  // the values of ids are left out: no code is in the record
	Plan    *Plan // nil: none
}

// Reset empties the tape and keeps its memory.
func (t *Tape) Reset(raw []byte) {
	t.Raw, t.Tokens, t.Texts, t.Records, t.Brief, t.Plan = raw, t.Tokens[:0], t.Texts[:0], t.Records[:0], false, nil
}

// Add appends a token of a kind, to be filled in. It is valid until the next one.
func (t *Tape) Add(kind Kind) *Token {
	n := len(t.Tokens)
	if n < cap(t.Tokens) {
		t.Tokens = t.Tokens[:n+1]
	} else {
		t.Tokens = append(t.Tokens, Token{})
	}
	k := &t.Tokens[n]
	*k = Token{Kind: kind}
	return k
}
