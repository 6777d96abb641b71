package parser

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

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

// sign is what shows who wrote a number in a proved position.
type sign uint8

// The signs, for the licence server and against it.
const (
	noSign sign = iota
	signStatus
	signText
	signServerKeys
	signLicencePath
	signPlayerWord
	signPlayerAround
	signOtherRequest
	signSocket
	signOtherSystem
	numSigns
)

// signs is the table of evidence that is weighed: a number counts where the sum
// is not negative. strongSign is the weight from which a sign counts outside
// JSON objects too. A new sign is a row here, and a line in weigh.
var signs = [numSigns]struct {
	name    string // what parse --explain prints
	weight  int8
	meaning string
}{
	noSign:           {"", 0, "no sign for or against the licence server"},
	signStatus:       {"server-status", 5, "the licence server's status UNGRANTED_REQUEST next to the number"},
	signText:         {"server-text", 4, "the text that the licence server has for the code"},
	signServerKeys:   {"server-keys", 2, "nothing but status, code, errorCode and message in the object"},
	signLicencePath:  {"licence-path", 3, "a licence path on the record"},
	signPlayerWord:   {"player-word", -4, "a word of a player next to the number"},
	signPlayerAround: {"player-around", -4, "a word of a player in the object around"},
	signOtherRequest: {"other-request", -3, "the record's request went to another service"},
	signSocket:       {"socket-close", -4, "the close code of a socket"},
	signOtherSystem:  {"other-system", -4, "a name or a code of another system next to the number"},
}

const strongSign = 3

// String returns the name that parse --explain prints.
func (s sign) String() string { return signs[s].name }

// weight is the evidence of one number: the sum of its signs, and the strongest
// for and against it.
type weight struct {
	sum      int8
	pro, con sign
	spoken   bool // a message alone is the sign against
}

func (w *weight) add(s sign) {
	v := signs[s].weight
	w.sum += v
	switch {
	case v > 0 && v > signs[w.pro].weight:
		w.pro = s
	case v < 0 && v < signs[w.con].weight:
		w.con = s
	}
}

// strong reports whether a sign proves the licence server by itself.
func (w weight) strong() bool { return signs[w.pro].weight >= strongSign }

// serverTexts are texts of the licence server that many codes share.
var serverTexts = lex.Words("invalid request", "ungranted request")

// The bounds of what is weighed of one object.
const (
	maxWeighed      = 64
	maxWeighedValue = 512
)

// weigh gathers the signs among the object's own members for its code, or for what
// is in it where code is 0. It depends on the object's bytes alone.
func (s *scan) weigh(object []byte, code int) (w weight) {
	only, player, spoken, other, socket, report := true, false, false, false, 0, 0
	var name, status []byte // of the code and of the status, where they have the same words before them
	var low [lex.MaxField]byte
	for m, n := fieldnames.MembersOf(object), 0; n < maxWeighed && m.Next(); n++ {
		switch m.Field {
		case fieldnames.NamedCode:
			name = m.Name
			continue
		case fieldnames.Code:
			other = other || !isHTTPStatus(m.Value, code)
			continue
		case fieldnames.ErrorCode, fieldnames.Time, fieldnames.TS, fieldnames.Tenant, fieldnames.Correlation, fieldnames.RequestID:
			continue
		case fieldnames.Status:
			if string(typedText(m.Value)) == fieldnames.ServerStatus {
				w.add(signStatus)
				return w
			}
			continue
		case fieldnames.Message:
			if s.isServerText(typedText(m.Value), code) {
				w.add(signText)
				continue
			}
			spoken = spoken || isPlayerValue(m.Value)
			continue
		}
		switch string(m.Name) {
		case "reason", "wasClean":
			socket++
		case "event_id":
			report++
		case "exception", "sdk", "contexts", "breadcrumbs", "platform":
			report += 2
		}
		if !m.Nested && len(m.Value) <= lex.MaxField && lex.HasFold(m.Value, socketWords) {
			socket++
		}
		only = false
		if string(m.Value) == fieldnames.ServerStatus {
			if status = m.Name; statusNames[string(m.Name)] {
				w.add(signStatus)
				return w
			}
		}
		other = other || systemKeys[string(lex.Lower(low[:0], m.Name[:min(len(m.Name), len(low))]))] || isSystems(&m)
		if isPlayers(&m, code == 0) {
			spoken, player = true, player || m.Field == fieldnames.Other && !lex.IsNumber(m.Value)
		}
	}
	if only {
		w.add(signServerKeys)
	}
	if report > 2 && report%2 == 1 {
		player = true // an error report of Sentry
	}
	if player || spoken {
		w.add(signPlayerWord)
		w.spoken = !player
	}
	if other && code != 0 {
		w.add(signOtherSystem)
	}
	if samePrefix(name, status) {
		w.add(signStatus)
	}
	if socket > 1 {
		w.add(signSocket)
	}
	return w
}

// socketWords name a socket, whose close codes are from 1000 to 4999.
var socketWords = lex.Words("websocket", "socket.io", "ws_close")

// isServerText reports whether a message is a text of the licence servers for the code.
func (s *scan) isServerText(message []byte, code int) bool {
	text := bytes.TrimRight(message, ". ")
	if want := s.p.texts[code]; len(want) == len(text) && (bytes.Equal(text, want) || bytes.EqualFold(text, want)) {
		return true
	}
	for _, want := range serverTexts {
		if bytes.EqualFold(text, want) {
			return true
		}
	}
	return false
}

// playerKeys are names, in lower case, of members that a player writes next to its
// own number.
var playerKeys = lex.Set("errorname", "errortext", "errortype", "returnvalue", "fatal", "isfatal", "stack", "stacktrace", "wasclean", "recoverable",
	"errordetails", "errorstack", "error_details", "error_name", "error_text", "error_type", "error_message", "readystate", "networkstate")

func agentName(name []byte) bool {
	var low [lex.MaxField]byte
	return len(name) <= lex.MaxField && agentKeys[string(lex.Lower(low[:0], name))]
}

// signName lays what the name of a member says upon the number of the object in it:
// {"playerError":{"errorCode":6007}}.
func (s *scan) signName(first int, name []byte) {
	found := noSign
	for i := first; i < len(s.candidates); i++ {
		c := &s.candidates[i]
		if c.evidence != result.ServerBody || c.weight.strong() || c.sealed || c.weight.con != noSign || c.around > 1 {
			continue
		}
		if found == noSign {
			if found = signPlayerAround; !fieldnames.PlayerWords.In(name) {
				if found = signOtherSystem; !systemWords.In(name) && !isOtherService(name) {
					return
				}
			}
		}
		c.weight.add(found)
	}
}

// statusNames are names under which the server's status is kept next to its code.
var statusNames = lex.Set("raw", "reason", "result", "state", "statusText", "status_text", "statusMessage", "status_message", "error", "outcome", "description", "detail", "title", "type", "name")

// isHTTPStatus reports whether the code of an object is one of HTTP, as in the
// server's body, or its errorCode again, or none.
func isHTTPStatus(v []byte, errorCode int) bool {
	n, end := lex.LeadingInt(v)
	return n == errorCode || len(v) == 0 || string(v) == "null" || end > 0 && n < 600 && (end == len(v) || v[end] == '.')
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

// telemetryKeys are names, in lower case, of members that a player or the reporting
// library of an app writes in the objects around, too.
var telemetryKeys = lex.Set("playhead", "playheadposition", "position", "positionms", "position_ms", "bitrate", "streamtype", "stream_type", "rebuffercount", "droppedframes", "playtime", "buffering", "anonymousid", "writekey", "event_properties", "user_properties", "eventproperties", "event_params", "app_instance_id", "ga_session_id",
	"_dd", "breadcrumbs", "culprit", "impressionid", "impression_id", "viewerid", "viewer_id", "view_id", "viewid", "mediatime", "currenttime", "bufferlength",
	"videoid", "video_id", "videotitle", "video_title", "issuspended", "mediaerror", "keysystem", "key_system")

// eventKeys are names of members that say what an event is about.
var eventKeys = lex.Set("event", "type", "name", "eventname", "event_name", "eventtype", "event_type", "action", "kind", "label", "title", "ec", "en", "ev", "evt", "topic", "metric")

// eventWords are words, in lower case, of an event about playback.
var eventWords = lex.SetOf(lex.Words("video", "stream", "media", "decode", "buffer", "watch", "play_", "_play", "play:", "drmerror", "drm_error", "drm error", "license_error", "encrypted", "keysession"))

// agentKeys are names of members that hold a client's name, which proves nothing
// about who wrote the number.
var agentKeys = lex.Set("ua", "useragent", "user_agent", "user-agent", "http_user_agent", "agent", "user_agent.original", "httpuseragent", "browser", "device", "host", "hostname", "pod", "tenant", "content", "contentid", "content_id", "asset", "assetid", "product", "channel")

// isPlayers reports whether the member is a player's, by its name or its text;
// around says that the number is not the object's own.
func isPlayers(m *fieldnames.MemberReader, around bool) bool {
	var low [40]byte
	if len(m.Name) > len(low) {
		return false
	}
	name := lex.Lower(low[:0], m.Name)
	switch {
	case agentKeys[string(name)] || m.Field == fieldnames.ServerURL || (m.Field == fieldnames.Path || m.Field == fieldnames.RequestLine) && !isStream(m):
		return false
	case telemetryKeys[string(name)]:
		return true
	case m.Nested:
		return around && clientKeys[string(name)] && len(m.Value) < maxWeighedValue && !bytes.Contains(m.Value, []byte("rrorCode")) && fieldnames.PlayerWords.In(m.Value)
	case !around && playerKeys[string(name)]:
		return true
	case len(m.Value) == 0 || string(m.Value) == "null" || string(m.Value) == "false":
		return false
	case isStream(m):
		return true
	case isService(m.Value):
		return false
	case bytes.HasPrefix(name, []byte("mux_")), fieldnames.PlayerWords.In(name):
		return true
	case eventKeys[string(name)] && len(m.Value) < maxWeighedValue && eventWords.In(m.Value):
		return true
	}
	return isPlayerValue(m.Value)
}

// clientKeys are names of members with what an app says of itself, or of its error.
var clientKeys = lex.Set("tags", "client", "error", "exception")

// serviceWords are parts, in lower case, of the names of services in front of a
// licence server, whatever else is in the name.
var serviceWords = lex.SetOf(lex.Words("proxy", "gateway", "backend", "-api", "server", "licence-service", "license-service", "drm-service"))

// isService reports whether v is the name of a service: video-licence-proxy.
func isService(v []byte) bool {
	return len(v) < lex.MaxField && bytes.IndexByte(v, ' ') < 0 && serviceWords.In(v) && !lex.HasFold(v, errorWords[:1])
}

// isStream reports whether the member is the address of a stream, which a player
// reports with its own errors.
func isStream(m *fieldnames.MemberReader) bool {
	return bytes.HasPrefix(m.Value, []byte("http")) && lex.IsMedia(lex.PathOf(m.Value))
}

// isPlayerValue reports whether a short text holds a word of a player. Addresses
// and texts that hold an object are others' words.
func isPlayerValue(v []byte) bool {
	if len(v) < 4 || lex.IsDigit(v[0]) || v[0] == '/' || v[0] == '{' || v[0] == '[' || bytes.HasPrefix(v, []byte("http")) {
		return false
	}
	v = v[:min(len(v), maxWeighedValue)]
	if i := bytes.IndexAny(v, "{%"); i >= 0 {
		v = v[:i]
	}
	return fieldnames.PlayerWords.In(v)
}
