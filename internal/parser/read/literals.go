package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// rows is the table of what is looked for: a literal that all evidence of a kind
// holds, the index of its rarest byte, and its reader. A new shape is a new file
// and a row here.
func rows() []row {
	return append(hexRows(), []row{
		{literal: "errorCode", rare: 5, read: errorCodeText},
		{literal: "ErrorCode", rare: 5, read: errorCodeText},
		{literal: fieldnames.ServerStatus, rare: 12, read: serverWords},
		{literal: "xtra", rare: 0, read: extraText},
		{literal: "(-", rare: 0, read: callbackText},
		{literal: "Error: -", rare: 0, read: callbackText},
		{literal: "onError", rare: 2, read: callbackText},
		{literal: "Optional(", rare: 8, read: optional},
		{literal: sessionLimit, rare: 8, read: sessionLimitText},
		{literal: "ZXJyb3JDb2Rl", rare: 2, read: base64Text},
		{literal: "cnJvckNvZG", rare: 2, read: base64Text},
		{literal: "cm9yQ29kZ", rare: 4, read: base64Text},
		{literal: "X1JFUVVFU1", rare: 2, read: base64Text}, // UNGRANTED_REQUEST, where a line breaks in the other
		{literal: "R1JBTlRFRF9", rare: 2, read: base64Text},
		{literal: "TkdSQU5UR", rare: 4, read: base64Text},
		{literal: "ls/", rare: 2, read: pathText},
		{literal: `ls\/`, rare: 3, read: pathText},
		{literal: "/ssm/", rare: 4, read: pathText},
		{literal: `ssm\/`, rare: 4, read: pathText},
		{literal: "/" + servers.Renewal, rare: 0, read: pathText},
		{literal: "MEDIA_KEYMESSAGEERR", rare: 1, read: acquisition},
		{literal: "_LICENSER_ERROR", rare: 3, read: acquisition},
		{literal: "DeniedByServer", rare: 0, read: acquisition},
		{literal: "MediaDrmCallbackException", rare: 5, read: acquisition},
		{literal: "DrmSessionException", rare: 0, read: acquisition},
		{literal: "LICENSE_", rare: 2, read: licenceRequest},
		{literal: "LICENCE_", rare: 2, read: licenceRequest},
		{literal: "LicenseRequest", rare: 0, read: licenceRequest},
		{literal: "icense ", rare: 1, mark: 4, read: licenceWords},
		{literal: "icence ", rare: 1, mark: 4, read: licenceWords},
		{literal: "icense: ", rare: 1, mark: 4, read: licenceWords},
		{literal: responseCode, rare: 0, read: response},
	}...)
}

// responseCode is the text with which the platform's DRM reports an HTTP error.
const responseCode = "CodeException: Response code: "

func acquisition(s *walker, _ []byte, _, a int, _ place) int {
	s.said(tape.LicenceFailed)
	return a + len(s.in.nearest.row.literal)
}

// licenceRequest notes the failure of a licence request that a player or a client
// reports under a name: keySystemLicenseRequestFailed, LICENSE_RESPONSE_REJECTED.
func licenceRequest(s *walker, t []byte, from, a int, _ place) int {
	end := a + len(s.in.nearest.row.literal)
	if signs.SaysFailure(t[max(from, a-16):min(len(t), end+maxQuery)]) {
		s.said(tape.LicenceFailed)
	}
	return end
}

// licenceWords notes a failure in words: widevine license denied: 403. Other licences
// fail, too: those of software, drivers and plates.
func licenceWords(s *walker, t []byte, from, a int, _ place) int {
	end := a + len(s.in.nearest.row.literal)
	if s.licences.text != &t[from] {
		s.licences = weighed{text: &t[from]}
	}
	if s.licences.times++; s.licences.times > maxLicences {
		return end
	}
	near := t[max(from, a-maxQuery):min(len(t), end+maxQuery)]
	if signs.IsPlayLicence(near, t[end:min(len(t), end+maxQuery)]) && signs.SaysFailure(near) {
		s.said(tape.LicenceFailed)
		s.licences.times = maxLicences // once is enough
	}
	return end
}

// maxLicences bounds how many words for a licence are weighed in a text: more make a
// list, not a failure, and each costs a look around.
const maxLicences = 32

// weighed is how often something was weighed in a text.
type weighed struct {
	text  *byte
	times int
}

// response notes an HTTP error of the platform's DRM; other downloads fail so too.
func response(s *walker, t []byte, _, a int, _ place) int {
	end := a + len(responseCode)
	if status, ok := lex.StatusAt(t, end); ok && status >= 400 {
		s.said(tape.ErrorResponse)
	}
	return end
}
