package fieldnames

import (
	"wvwatch/internal/parser/lex"
)

// PlayerSignSet holds the words, in lower case, of lines that a player wrote.
var PlayerSignSet = lex.SetOf(playerSigns)

// playerSigns are words, in lower case, of lines that a player wrote.
var playerSigns = lex.Words("player", "shaka", "dash.js", "hls.js", "media3", "bitmovin", "videojs", "video.js", "castplayer", "mediadrm", "avfoundation", "inputstream", "exoplay",
	"errorcodename", "errorcategory", "errorseverity", "errormessage", "nativeerror", "detailederrorcode", "license_acquisition_failed")

// PlayerWords are words, in lower case, of a player in a text.
var PlayerWords = lex.SetOf(playerSigns, lex.Words("playback", "license_request", "license_response", "error_code_", "mediaerror", "media_err", "contentprotection",
	"keysystem", "mediakey", "encrypted media", "exo ", "cannot play", "can't play", "failed to play", "play failed", "mediaplayer", "videoerror", "video-element", "videoelement", "htmlmedia", "htmlvideo", "video error", "drm.no_", "drm.requested_", "drm.failed_", "drm.invalid_", "drm.license_", "drm.encrypted_", "drm.offline_", "drm.expired", "drm.server_", "drm.init_", "drm.min_", "drm.error_", "drm.missing_", "rxplayer", "theo", "amalia", "clappr", "plyr", "vidstack", "castlabs", "prestoplay", "visualon", "youbora", "npaw",
	"conviva", "mux-", "kaltura", "brightcove", "avplay", "webos", "luna", "tizen", "roku", "chromecast", "cast.framework", "chrome.cast", "kodi", "vlc", "gstreamer", "hlsjs", "dashjs", "sentry."))
