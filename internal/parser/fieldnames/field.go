package fieldnames

import (
	"bytes"
)

// Field is what a member's name means to the parser.
type Field uint8

const (
	Other     Field = iota
	ErrorCode       // the server body's code
	NamedCode       // the same under another name, which counts next to the server's words only
	Extra           // a field named as the extra, which may also be an object with a code
	ExtraCode       // one that can only be a number
	What            // the Android callback's
	Code
	Message   // text that is a record of its own where loggers wrap one another
	Grade     // severity, category: a player's where they are its numbers, a logger's where they are words
	Player    // only players write this
	StreamURL // the content's address, not the licence server's
	ServerURL // the same, or the endpoint of the session server and of renewals
	Answer    // what a server answered, in an object that another program wrote
	Licence   // the same of a licence server, by its name
	Events    // an array of records in one line
	Entries   // one of such arrays of a time and a text each
	Data      // a record of a batch, in base64
	Time
	TS // a time of zap's, which writes durations in seconds
	Method
	Path
	RequestLine
	Status
	Seconds // durations, by their unit
	Millis
	Nanos
	Took      // a number with its unit in its form
	Taken     // of W3C: whole milliseconds, or seconds with a point
	Latencies // an object of Kong's: its request is a duration
	Tenant
	Correlation
	RequestID
	Device      // who asks, the surest first: the id of a device, client or user
	Forwarded   // X-Forwarded-For
	ClientIP    // the address of the client
	Remote      // the address of the connection
	Person      // an object of a device or user, which has an id
	ErrorRecord // only of a record next to an access log's
)

// In names a member of an object under another key.
func In(under Field, name []byte) Field {
	k := Of(name)
	if k == Other && len(name) > 8 && name[len(name)-1]|0x20 == 'e' && IsCodeName(name) {
		if bytes.HasSuffix(name, []byte(".errorCode")) {
			return ErrorCode // an object's member, flattened
		}
		return NamedCode
	}
	switch {
	case under < StreamURL: // most members' objects mean nothing
	case under == Latencies && k == RequestLine:
		return Millis
	case under == Person && (string(name) == "id" || string(name) == "uuid"):
		return Device
	case (under == ClientIP || under == StreamURL) && (k == Remote || string(name) == "address"):
		return ClientIP // client.ip and source.ip of ECS
	}
	return k
}

// IsDuration reports whether a name means how long a request took.
func (k Field) IsDuration() bool { return k >= Seconds && k <= Taken }

// IsClient reports whether a name means who asked.
func (k Field) IsClient() bool { return k >= Device && k <= Remote }

// IsID reports whether a name means who asked, or one request of theirs.
func (k Field) IsID() bool { return k >= Correlation && k <= Remote }

// IsRead reports whether the value of a field means something: as a member next to a
// code, or for the record.
func (k Field) IsRead() bool { return k >= Time || k != Other && k <= Player }

// IsNeeded reports whether the value of a field is needed of a record without a code.
func (k Field) IsNeeded() bool {
	return k >= Time && k <= Taken || k == Code || k == ErrorRecord || k >= Message && k <= Player
}
