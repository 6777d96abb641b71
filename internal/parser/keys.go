package parser

import "bytes"

// key is what a member's name means to the parser.
type key uint8

const (
	keyOther     key = iota
	keyErrorCode     // the server body's code
	keyNamedCode     // the same under another name, which counts next to the server's words only
	keyExtra         // a field named as the extra, which may also be an object with a code
	keyExtraCode     // one that can only be a number
	keyWhat          // the Android callback's
	keyCode
	keyMessage   // text that is a record of its own where loggers wrap one another
	keyGrade     // severity, category: a player's where they are its numbers, a logger's where they are words
	keyPlayer    // only players write this
	keyStreamURL // the content's address, not the licence server's
	keyServerURL // the same, or the endpoint of the session server and of renewals
	keyAnswer    // what a server answered, in an object that somebody else wrote
	keyEvents    // an array of records in one line
	keyEntries   // one of such arrays of a time and a text each
	keyData      // a record of a batch, in base64
	keyTime
	keyTS // a time of zap's, which writes durations in seconds
	keyMethod
	keyPath
	keyRequestLine
	keyStatus
	keySeconds // durations, by their unit
	keyMillis
	keyNanos
	keyTook      // a number whose form tells its unit
	keyTaken     // of W3C: whole milliseconds, or seconds with a point
	keyLatencies // an object of Kong's, whose request is a duration
	keyTenant
	keyCorrelation
	keyRequestID
	keyDevice      // who asks, the surest first: the id of a device, client or user
	keyForwarded   // X-Forwarded-For
	keyClientIP    // the address of the client
	keyRemote      // the address of the connection
	keyPerson      // an object of a device or user, which has an id
	keyErrorRecord // only of a record that stands beside an access log's
)

// keyIn names a member of an object under another key.
func keyIn(under key, name []byte) key {
	k := keyOf(name)
	if k == keyOther && len(name) > 8 && name[len(name)-1]|0x20 == 'e' && isCodeName(name) {
		if bytes.HasSuffix(name, []byte(".errorCode")) {
			return keyErrorCode // an object's member, flattened
		}
		return keyNamedCode
	}
	switch {
	case under < keyStreamURL: // most members' objects mean nothing
	case under == keyLatencies && k == keyRequestLine:
		return keyMillis
	case under == keyPerson && (string(name) == "id" || string(name) == "uuid"):
		return keyDevice
	case (under == keyClientIP || under == keyStreamURL) && (k == keyRemote || string(name) == "address"):
		return keyClientIP // client.ip and source.ip of ECS
	}
	return k
}

// isDuration reports whether a name means how long a request took.
func (k key) isDuration() bool { return k >= keySeconds && k <= keyTaken }

// isClient reports whether a name means who asked.
func (k key) isClient() bool { return k >= keyDevice && k <= keyRemote }

// isID reports whether a name means who asked, or one request of theirs.
func (k key) isID() bool { return k >= keyCorrelation && k <= keyRemote }
