package old

import (
	"bytes"

	"wvwatch/internal/codes"
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

// serverStatus is the status with which the licence server refuses.
const serverStatus = "UNGRANTED_REQUEST"

// serverTexts are texts of the licence server that many codes share.
var serverTexts = words("invalid request", "ungranted request")

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
	var low [maxField]byte
	for m, n := membersOf(object), 0; n < maxWeighed && m.next(); n++ {
		switch m.key {
		case keyNamedCode:
			name = m.name
			continue
		case keyCode:
			other = other || !isHTTPStatus(m.value, code)
			continue
		case keyErrorCode, keyTime, keyTS, keyTenant, keyCorrelation, keyRequestID:
			continue
		case keyStatus:
			if string(typedText(m.value)) == serverStatus {
				w.add(signStatus)
				return w
			}
			continue
		case keyMessage:
			if s.isServerText(typedText(m.value), code) {
				w.add(signText)
				continue
			}
			spoken = spoken || isPlayerValue(m.value)
			continue
		}
		switch string(m.name) {
		case "reason", "wasClean":
			socket++
		case "event_id":
			report++
		case "exception", "sdk", "contexts", "breadcrumbs", "platform":
			report += 2
		}
		if !m.nested && len(m.value) <= maxField && hasFold(m.value, socketWords) {
			socket++
		}
		only = false
		if string(m.value) == serverStatus {
			if status = m.name; statusNames[string(m.name)] {
				w.add(signStatus)
				return w
			}
		}
		other = other || systemKeys[string(lower(low[:0], m.name[:min(len(m.name), len(low))]))] || m.isSystems()
		if m.isPlayers(code == 0) {
			spoken, player = true, player || m.key == keyOther && !isNumber(m.value)
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
var socketWords = words("websocket", "socket.io", "ws_close")

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
var playerKeys = set("errorname", "errortext", "errortype", "returnvalue", "fatal", "isfatal", "stack", "stacktrace", "wasclean", "recoverable",
	"errordetails", "errorstack", "error_details", "error_name", "error_text", "error_type", "error_message", "readystate", "networkstate")

func agentName(name []byte) bool {
	var low [maxField]byte
	return len(name) <= maxField && agentKeys[string(lower(low[:0], name))]
}

// signName lays what the name of a member says upon the number of the object in it:
// {"playerError":{"errorCode":6007}}.
func (s *scan) signName(first int, name []byte) {
	found := noSign
	for i := first; i < len(s.candidates); i++ {
		c := &s.candidates[i]
		if c.evidence != ServerBody || c.weight.strong() || c.sealed || c.weight.con != noSign || c.around > 1 {
			continue
		}
		if found == noSign {
			if found = signPlayerAround; !playerWords.in(name) {
				if found = signOtherSystem; !systemWords.in(name) && !isOtherService(name) {
					return
				}
			}
		}
		c.weight.add(found)
	}
}

// statusNames are names under which the server's status is kept next to its code.
var statusNames = set("raw", "reason", "result", "state", "statusText", "status_text", "statusMessage", "status_message", "error", "outcome", "description", "detail", "title", "type", "name")

// isHTTPStatus reports whether the code of an object is one of HTTP, as in the
// server's body, or its errorCode again, or none.
func isHTTPStatus(v []byte, errorCode int) bool {
	n, end := leadingInt(v)
	return n == errorCode || len(v) == 0 || string(v) == "null" || end > 0 && n < 600 && (end == len(v) || v[end] == '.')
}

// samePrefix reports whether the names of a code and of a status begin alike:
// licence_error_code, licence_status.
func samePrefix(code, status []byte) bool {
	if len(code) == 0 || len(status) <= len("status") || !equalFold(status[len(status)-len("status"):], "status") {
		return false
	}
	prefix := status[:len(status)-len("status")]
	return len(code) > len(prefix) && bytes.Equal(code[:len(prefix)], prefix)
}

// telemetryKeys are names, in lower case, of members that a player or the reporting
// library of an app writes in the objects around, too.
var telemetryKeys = set("playhead", "playheadposition", "position", "positionms", "position_ms", "bitrate", "streamtype", "stream_type", "rebuffercount", "droppedframes", "playtime", "buffering", "anonymousid", "writekey", "event_properties", "user_properties", "eventproperties", "event_params", "app_instance_id", "ga_session_id",
	"_dd", "breadcrumbs", "culprit", "impressionid", "impression_id", "viewerid", "viewer_id", "view_id", "viewid", "mediatime", "currenttime", "bufferlength",
	"videoid", "video_id", "videotitle", "video_title", "issuspended", "mediaerror", "keysystem", "key_system")

// eventKeys are names of members that say what an event is about.
var eventKeys = set("event", "type", "name", "eventname", "event_name", "eventtype", "event_type", "action", "kind", "label", "title", "ec", "en", "ev", "evt", "topic", "metric")

// eventWords are words, in lower case, of an event about playback.
var eventWords = setOf(words("video", "stream", "media", "decode", "buffer", "watch", "play_", "_play", "play:", "drmerror", "drm_error", "drm error", "license_error", "encrypted", "keysession"))

// agentKeys are names of members that hold a client's name, which proves nothing
// about who wrote the number.
var agentKeys = set("ua", "useragent", "user_agent", "user-agent", "http_user_agent", "agent", "user_agent.original", "httpuseragent", "browser", "device", "host", "hostname", "pod", "tenant", "content", "contentid", "content_id", "asset", "assetid", "product", "channel")

// playerWords are words, in lower case, of a player in a text.
var playerWords = setOf(playerSigns, words("playback", "license_request", "license_response", "error_code_", "mediaerror", "media_err", "contentprotection",
	"keysystem", "mediakey", "encrypted media", "exo ", "cannot play", "can't play", "failed to play", "play failed", "mediaplayer", "videoerror", "video-element", "videoelement", "htmlmedia", "htmlvideo", "video error", "drm.no_", "drm.requested_", "drm.failed_", "drm.invalid_", "drm.license_", "drm.encrypted_", "drm.offline_", "drm.expired", "drm.server_", "drm.init_", "drm.min_", "drm.error_", "drm.missing_", "rxplayer", "theo", "amalia", "clappr", "plyr", "vidstack", "castlabs", "prestoplay", "visualon", "youbora", "npaw",
	"conviva", "mux-", "kaltura", "brightcove", "avplay", "webos", "luna", "tizen", "roku", "chromecast", "cast.framework", "chrome.cast", "kodi", "vlc", "gstreamer", "hlsjs", "dashjs", "sentry."))

// isPlayers reports whether the member is a player's, by its name or its text;
// around says that the number is not the object's own.
func (m *memberReader) isPlayers(around bool) bool {
	var low [40]byte
	if len(m.name) > len(low) {
		return false
	}
	name := lower(low[:0], m.name)
	switch {
	case agentKeys[string(name)] || m.key == keyServerURL || (m.key == keyPath || m.key == keyRequestLine) && !m.isStream():
		return false
	case telemetryKeys[string(name)]:
		return true
	case m.nested:
		return around && clientKeys[string(name)] && len(m.value) < maxWeighedValue && !bytes.Contains(m.value, []byte("rrorCode")) && playerWords.in(m.value)
	case !around && playerKeys[string(name)]:
		return true
	case len(m.value) == 0 || string(m.value) == "null" || string(m.value) == "false":
		return false
	case m.isStream():
		return true
	case isService(m.value):
		return false
	case bytes.HasPrefix(name, []byte("mux_")), playerWords.in(name):
		return true
	case eventKeys[string(name)] && len(m.value) < maxWeighedValue && eventWords.in(m.value):
		return true
	}
	return isPlayerValue(m.value)
}

// clientKeys are names of members with what an app says of itself, or of its error.
var clientKeys = set("tags", "client", "error", "exception")

// serviceWords are parts, in lower case, of the names of services in front of a
// licence server, whatever else is in the name.
var serviceWords = setOf(words("proxy", "gateway", "backend", "-api", "server", "licence-service", "license-service", "drm-service"))

// isService reports whether v is the name of a service: video-licence-proxy.
func isService(v []byte) bool {
	return len(v) < maxField && bytes.IndexByte(v, ' ') < 0 && serviceWords.in(v) && !hasFold(v, errorWords[:1])
}

// isStream reports whether the member is the address of a stream, which a player
// reports with its own errors.
func (m *memberReader) isStream() bool {
	return bytes.HasPrefix(m.value, []byte("http")) && isMedia(pathOf(m.value))
}

// isPlayerValue reports whether a short text holds a word of a player. Addresses
// and texts that hold an object are others' words.
func isPlayerValue(v []byte) bool {
	if len(v) < 4 || isDigit(v[0]) || v[0] == '/' || v[0] == '{' || v[0] == '[' || bytes.HasPrefix(v, []byte("http")) {
		return false
	}
	v = v[:min(len(v), maxWeighedValue)]
	if i := bytes.IndexAny(v, "{%"); i >= 0 {
		v = v[:i]
	}
	return playerWords.in(v)
}

// isNumber reports whether v is a plain number, or one in a string.
func isNumber(v []byte) bool { return allDigits(bytes.TrimPrefix(v, []byte{'-'})) }

// lower appends t in lower case, ASCII only.
func lower(dst, t []byte) []byte {
	for _, c := range t {
		if isUpper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
