package evaluate

import (
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/tape"
)

// record is what is known of the record that is evaluated.
type record struct {
	tape  *tape.Tape
	clock *logtime.Clock
	raw   []byte
	head  int    // bytes of a header before the record's own text
	texts [2]int // its decoded texts among those of the tape; -1: to the end
	serverFacts
	timeFacts
	requestFacts
	idFacts
	clientFacts
	missing  result.Missing // how the record reports a failure; NumMissing: not
	player   bool           // an object is a player's
	response bool           // an HTTP error in words
	limit    bool           // the session limit in words
	words    bool           // the licence server's status
	lost     bool           // a listed number next to the name of a code was not read
}

// begin begins a record raw of the tape.
func (s *record) begin(t *tape.Tape, raw []byte, clock *logtime.Clock, envelope logtime.Stamp) {
	s.tape, s.clock, s.raw, s.missing, s.envelope = t, clock, raw, result.NumMissing, envelope
}

// serverFacts are the licence servers that a record shows.
type serverFacts struct {
	paths     [codes.NumDRM]bool
	firstPath codes.DRM
	lastPath  codes.DRM
	component codes.DRM // by the words of the program, once asked for
	asked     bool
	elsewhere answer // whether the record's request went to another service
	foreign   answer // whether another service wrote it, by the text before its first object
}

// timeFacts are those that a record has.
type timeFacts struct {
	envelope  logtime.Stamp
	inner     logtime.Stamp // the record's own, once parsed
	time      []byte        // a member with the time, not parsed yet
	timeLevel int8
	timeDepth int8
	textual   logtime.Stamp // at the beginning of a message
	textLevel int8          // escapes around it, its own quotes among them
	zap       bool
}

// requestFacts is the licence request that a record is about.
type requestFacts struct {
	requestDRM   codes.DRM // of its path
	requestRank  tape.Rank
	accepted     bool // the request that was read last is this one
	pathRank     tape.Rank
	requestPath  []byte           // of any request, whatever it leads to
	requestField fieldnames.Field // of requestPath; a request line holds more than the path
	post         bool
	methodRank   tape.Rank
	status       int
	statusRank   tape.Rank
	statusCode   int // a code that may be the status, where nothing else is
	codeRank     tape.Rank
	took         duration
	tookRank     tape.Rank
	noAccess     bool // the record is not the request's own: another reports it, too
}

// duration is how long a request took.
type duration struct {
	text   []byte // not parsed yet
	unit   fieldnames.Field
	lasted time.Duration // parsed
}

// idFacts are the names by which a record is grouped. They are read where they are needed.
type idFacts struct {
	idsRead     bool
	tenant      []byte
	correlation []byte
	requestID   []byte
}

// clientFacts is who asked.
type clientFacts struct {
	client     []byte           // the best that was found
	clientKey  fieldnames.Field // by what
	clientRank tape.Rank
	line       []byte // the access log's line with the request
	lineStart  int32  // of the request's URL in it
	lineEnd    int32
}
