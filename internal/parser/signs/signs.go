// Package signs weighs who wrote a number: the licence server, a player, or another
// system. It holds the table of signs and the words by which they are known.
//
// A weight depends on the bytes around the number alone; what the rest of the record
// adds is the caller's.
package signs

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
)

// Weigher weighs numbers by their signs. It is not safe for concurrent use: it remembers
// the weight of the last bodies.
type Weigher struct {
	cat    *codes.Catalogue
	texts  map[int][]byte // the server's text for each code
	before [256]struct {  // the bodies that were weighed last, by a hash of their bytes: a server has a few for each code
		object []byte
		code   int
		weight Weight
	}
}

// New returns a weigher by the texts that drm's licence server has in the
// catalogue, which is borrowed.
func New(cat *codes.Catalogue, drm codes.DRM) *Weigher {
	return &Weigher{cat: cat, texts: serverTextsOf(cat, drm)}
}

// serverTextsOf returns the text that a licence server has for each code, without
// the point at its end. Short ones prove nothing.
func serverTextsOf(cat *codes.Catalogue, drm codes.DRM) map[int][]byte {
	texts := make(map[int][]byte)
	for i := range cat.Len() {
		e := cat.At(i)
		if t := bytes.TrimRight([]byte(e.Description), ". "); e.DRM == drm && len(t) > 10 {
			texts[e.Code] = t
		}
	}
	return texts
}

// Sign is what shows who wrote a number in a proved position.
type Sign uint8

// The signs, for the licence server and against it.
const (
	NoSign Sign = iota
	SignStatus
	SignText
	signServerKeys
	SignLicencePath
	SignPlayerWord
	SignPlayerAround
	SignOtherRequest
	SignSocket
	SignOtherSystem
	SignAbout
	numSigns
)

// Table is the table of evidence that is weighed: a number counts where the sum
// is not negative. strongSign is the weight from which a sign counts outside
// JSON objects too. A new sign is a row here, and a line in weigh.
var Table = [numSigns]struct {
	Name    string // what parse --explain prints
	Weight  int8
	Meaning string
}{
	NoSign:           {"", 0, "no sign for or against the licence server"},
	SignStatus:       {"server-status", 5, "the licence server's status UNGRANTED_REQUEST next to the number"},
	SignText:         {"server-text", 4, "the text that the licence server has for the code"},
	signServerKeys:   {"server-keys", 2, "errorCode and nothing but status, code and message next to it"},
	SignLicencePath:  {"licence-path", 3, "a licence path on the record"},
	SignPlayerWord:   {"player-word", -4, "a word of a player next to the number"},
	SignPlayerAround: {"player-around", -4, "a word of a player in the object around"},
	SignOtherRequest: {"other-request", -3, "the record's request went to another service"},
	SignSocket:       {"socket-close", -4, "the close code of a socket"},
	SignOtherSystem:  {"other-system", -4, "a name or a code of another system next to the number"},
	SignAbout:        {"about-codes", -4, "a count, an alert, a description or a query of codes, which reports none"},
}

const strongSign = 3

// String returns the name that parse --explain prints.
func (s Sign) String() string { return Table[s].Name }

// Meaning returns what the sign with a name is, in words for people; "" for none.
func Meaning(name string) string {
	for _, s := range Table {
		if s.Name == name && name != "" {
			return s.Meaning
		}
	}
	return ""
}

// Weight is the evidence of one number: the sum of its signs, and the strongest
// for and against it.
type Weight struct {
	Sum      int8
	Pro, Con Sign
	Spoken   bool // a message alone is the sign against
}

// Add adds a sign to w.
func (w *Weight) Add(s Sign) {
	v := Table[s].Weight
	w.Sum += v
	switch {
	case v > 0 && v > Table[w.Pro].Weight:
		w.Pro = s
	case v < 0 && v < Table[w.Con].Weight:
		w.Con = s
	}
}

// Strong reports whether a sign proves the licence server by itself.
func (w Weight) Strong() bool { return Table[w.Pro].Weight >= strongSign }

// serverTexts are texts of the licence server that many codes share.
var serverTexts = lex.Words("invalid request", "ungranted request")

// The bounds of what is weighed of one object.
const (
	maxWeighed      = 64
	maxWeighedValue = 512
)

// Weigh gathers the signs among the object's own members for its code, or for what
// is in it where code is 0. It depends on the object's bytes alone.
func (r *Weigher) Weigh(object []byte, code int) (w Weight) {
	only, player, spoken, other, about, socket, report := true, false, false, false, false, 0, 0
	lonely := true                      // the code has no other member of the body next to it
	shared, otherStatus := false, false // a text that many systems have, and a status that is not the server's
	var name, status []byte             // of the code and of the status, where they have the same words before them
	var low [lex.MaxField]byte
	for m, n := fieldnames.MembersOf(object), 0; n < maxWeighed && m.Next(); n++ {
		switch m.Field {
		case fieldnames.NamedCode:
			name = m.Name
			continue
		case fieldnames.Code:
			lonely, other = false, other || !isHTTPStatus(m.Value, code)
			continue
		case fieldnames.ErrorCode, fieldnames.Time, fieldnames.TS, fieldnames.Tenant, fieldnames.Correlation, fieldnames.RequestID:
			continue
		case fieldnames.Status:
			if string(fieldnames.TypedText(m.Value)) == fieldnames.ServerStatus {
				w.Add(SignStatus)
				return w
			}
			lonely, otherStatus = false, otherStatus || isOtherStatus(m.Value)
			continue
		case fieldnames.Message:
			switch text := bytes.TrimRight(fieldnames.TypedText(m.Value), ". "); {
			case r.isServerText(text, code):
				w.Add(SignText)
				continue
			case isSharedText(text):
				shared = true
				continue
			}
			lonely, spoken = false, spoken || isPlayerValue(m.Value)
			other = other || namesVendor(m.Value)
			other = other || isConstant(m.Value) && !r.isServerConstant(m.Value, code)
			continue
		}
		socket, report = socket+socketSigns(&m), report+reportKeys[string(m.Name)]
		only, about = false, about || isAbout(&m)
		if string(m.Value) == fieldnames.ServerStatus {
			if status = m.Name; statusNames[string(m.Name)] {
				w.Add(SignStatus)
				return w
			}
		}
		other = other || string(m.Name) == "name" && isConstant(m.Value) || systemKeys[string(lex.Lower(low[:0], m.Name[:min(len(m.Name), len(low))]))] || isSystems(&m)
		if isPlayers(&m, code == 0) {
			spoken, player = true, player || m.Field == fieldnames.Other && !lex.IsNumber(m.Value)
		}
	}
	if shared && !otherStatus {
		w.Add(SignText)
	}
	if only && !lonely {
		w.Add(signServerKeys)
	}
	player = player || isReport(report)
	if player || spoken {
		w.Add(SignPlayerWord)
		w.Spoken = !player
	}
	if other && code != 0 {
		w.Add(SignOtherSystem)
	}
	if about && code != 0 {
		w.Add(SignAbout)
	}
	if samePrefix(name, status) {
		w.Add(SignStatus)
	}
	if socket > 1 {
		w.Add(SignSocket)
	}
	return w
}

// reportKeys are names of members of an error report of Sentry: its id, and others.
var reportKeys = map[string]int{"event_id": 1, "exception": 2, "sdk": 2, "contexts": 2, "breadcrumbs": 2, "platform": 2}

// isReport reports whether a sum of reportKeys has the id and another.
func isReport(sum int) bool { return sum > 2 && sum%2 == 1 }

// IsErrorReport reports whether an object is an error report of Sentry, whose extra is
// whatever an app adds.
func IsErrorReport(object []byte) bool {
	sum := 0
	for m, n := fieldnames.MembersOf(object), 0; n < maxWeighed && m.Next(); n++ {
		sum += reportKeys[string(m.Name)]
	}
	return isReport(sum)
}

// socketWords name a socket: its close codes are from 1000 to 4999.
var socketWords = lex.Words("websocket", "socket.io", "ws_close")

// socketSigns returns 1 for a member that a socket's close has, or that names a socket.
func socketSigns(m *fieldnames.MemberReader) int {
	if n := string(m.Name); n == "reason" || n == "wasClean" || !m.Nested && len(m.Value) <= lex.MaxField && lex.HasFold(m.Value, socketWords) {
		return 1
	}
	return 0
}

// isServerText reports whether a message, without the point at its end, is the text that
// the licence server has for the code.
func (r *Weigher) isServerText(text []byte, code int) bool {
	want := r.texts[code]
	return len(want) > 0 && len(want) == len(text) && (bytes.Equal(text, want) || bytes.EqualFold(text, want))
}

// isServerConstant reports whether a constant may be a server's of licences or, for a code of
// its list, of sessions, as USER_REACHED_MAXIMUM_SESSIONS_LIMIT is.
func (r *Weigher) isServerConstant(v []byte, code int) bool {
	return lex.HasFold(v, servers.LicenceWords) || r.cat.Index(codes.SSM, code) >= 0 && lex.HasFold(v, sessionConstants)
}

// sessionConstants are parts, in lower case, of the session server's constants.
var sessionConstants = lex.Words("session", "ssm", "heartbeat")

// isSharedText reports whether a message, without the point at its end, is a text that many
// codes share.
func isSharedText(text []byte) bool {
	for _, want := range serverTexts {
		if bytes.EqualFold(text, want) {
			return true
		}
	}
	return false
}

// statusNames are names under which the server's status is kept next to its code.
var statusNames = lex.Set("raw", "reason", "result", "state", "statusText", "status_text", "statusMessage", "status_message", "error", "outcome", "description", "detail", "title", "type", "name")

// isHTTPStatus reports whether the code of an object is one of HTTP, as in the
// server's body, or its errorCode again, or none.
func isHTTPStatus(v []byte, errorCode int) bool {
	n, end := lex.LeadingInt(v)
	return n == errorCode || len(v) == 0 || string(v) == "null" || end > 0 && (n == 0 || n >= 100 && n < 600) && (end == len(v) || v[end] == '.')
}

// samePrefix reports whether the names of a code and of a status begin alike:
// licence_error_code, licence_status.
func samePrefix(code, status []byte) bool {
	if len(code) == 0 || len(status) <= len("status") || !lex.EqualFold(status[len(status)-len("status"):], "status") {
		return false
	}
	prefix := status[:len(status)-len("status")]
	return len(code) > len(prefix) && bytes.Equal(code[:len(prefix)], prefix)
}
