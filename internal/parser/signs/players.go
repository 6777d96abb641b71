package signs

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// GradesByNumber reports whether a text has a severity or category that is a
// number, as players do.
func GradesByNumber(t []byte) bool {
	for _, name := range [...]string{"severity", "category"} {
		if i := bytes.Index(t, []byte(name)); i >= 0 {
			if k, ok := lex.Separator(t, i+len(name)); ok && k < len(t) && lex.IsDigit(t[k]) {
				return true
			}
		}
	}
	return false
}

// typeSuffixes end the names of types that are printed before their members.
var typeSuffixes = lex.Words("error", "exception", "event")

// PrintedByPlayer reports whether t, before an object that is printed, ends in the name
// of a player's type: ShakaError {...}, Player error: {...}.
func PrintedByPlayer(t []byte) bool {
	const near = 48
	end := len(t)
	for end > 0 && len(t)-end < 4 && (lex.IsSpace(t[end-1]) || t[end-1] == ':' || t[end-1] == ',' || t[end-1] == '(' || t[end-1] == ')') {
		end--
	}
	before := t[max(0, end-near):end]
	if n := bytes.LastIndexByte(before, '\n'); n >= 0 {
		before = before[n+1:]
	}
	for _, w := range typeSuffixes {
		if n := len(before) - len(w); n >= 0 && bytes.EqualFold(before[n:], w) {
			word := bytes.LastIndexByte(before, ' ')
			if n == word+1 && word > 0 { // a plain word: the one before it names the type
				word = bytes.LastIndexByte(before[:word], ' ')
			}
			return fieldnames.PlayerWords.In(before[word+1:])
		}
	}
	return false
}

// ClosesSocket reports whether an extra is the close code of a socket.
func ClosesSocket(object []byte) bool {
	for m := fieldnames.MembersOf(object); m.Next(); {
		if n := string(m.Name); n == "reason" || n == "wasClean" {
			return true
		}
	}
	return false
}

// FrameworkConstants are names of what the Android framework reports by itself.
var FrameworkConstants = lex.Words("MEDIA_INFO_", "MEDIA_ERROR_", "onInfo")

// playerKeys are names, in lower case, of members that a player writes next to its
// own number.
var playerKeys = lex.Set("errorname", "errortext", "errortype", "returnvalue", "fatal", "isfatal", "stack", "stacktrace", "wasclean", "recoverable",
	"errordetails", "errorstack", "error_details", "error_name", "error_text", "error_type", "error_message", "readystate", "networkstate")

func agentName(name []byte) bool {
	var low [lex.MaxField]byte
	return len(name) <= lex.MaxField && agentKeys[string(lex.Lower(low[:0], name))]
}

// telemetryKeys are names, in lower case, of members that a player or the reporting
// library of an app writes in the objects around, too.
var telemetryKeys = lex.Set("playhead", "playheadposition", "position", "positionms", "position_ms", "bitrate", "streamtype", "stream_type", "rebuffercount", "droppedframes", "playtime", "buffering", "anonymousid", "writekey", "event_properties", "user_properties", "eventproperties", "event_params", "app_instance_id", "ga_session_id",
	"_dd", "breadcrumbs", "culprit", "impressionid", "impression_id", "viewerid", "viewer_id", "view_id", "viewid", "mediatime", "currenttime", "bufferlength",
	"videoid", "video_id", "videotitle", "video_title", "issuspended", "mediaerror", "keysystem", "key_system")

// eventKeys are names of members that show what an event is about.
var eventKeys = lex.Set("event", "type", "name", "eventname", "event_name", "eventtype", "event_type", "action", "kind", "label", "title", "ec", "en", "ev", "evt", "topic", "metric")

// eventWords are words, in lower case, of an event about playback.
var eventWords = lex.SetOf(lex.Words("video", "stream", "media", "decode", "buffer", "watch", "play_", "_play", "play:", "drmerror", "drm_error", "drm error", "license_error", "encrypted", "keysession"))

// agentKeys are names of members that hold a client's name, which proves nothing
// about who wrote the number.
var agentKeys = lex.Set("ua", "useragent", "user_agent", "user-agent", "http_user_agent", "agent", "user_agent.original", "httpuseragent", "browser", "device", "host", "hostname", "pod", "tenant", "content", "contentid", "content_id", "asset", "assetid", "product", "channel")

// isPlayers reports whether the member is a player's, by its name or its text;
// around means that the number is not the object's own.
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

// clientKeys are names of members in which an app describes itself, or its error.
var clientKeys = lex.Set("tags", "client", "error", "exception")

// serviceWords are parts, in lower case, of the names of services in front of a
// licence server, whatever else is in the name.
var serviceWords = lex.SetOf(lex.Words("proxy", "gateway", "backend", "-api", "server", "licence-service", "license-service", "drm-service"))

// isService reports whether v is the name of a service: video-licence-proxy.
func isService(v []byte) bool {
	return len(v) < lex.MaxField && bytes.IndexByte(v, ' ') < 0 && serviceWords.In(v) && !lex.HasFold(v, ErrorWords[:1])
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
