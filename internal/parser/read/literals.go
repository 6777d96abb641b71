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
		{literal: acquisitionFailed, rare: 2, read: acquisition},
		{literal: "LICENSE_REQUEST", rare: 10, read: licenceRequest},
		{literal: "MEDIA_KEYMESSAGEERR", rare: 1, read: acquisition},
		{literal: "_LICENSER_ERROR", rare: 3, read: acquisition},
		{literal: "LicenseRequest", rare: 0, read: licenceRequest},
		{literal: "License request", rare: 0, read: licenceRequest},
		{literal: "License server", rare: 0, read: licenceRequest},
		{literal: "Licence server", rare: 0, read: licenceRequest},
		{literal: "Licence request", rare: 0, read: licenceRequest},
		{literal: responseCode, rare: 0, read: response},
	}...)
}

// Texts of players that a licence failed, without the server's code.
const (
	acquisitionFailed = "LICENSE_ACQUISITION_FAILED"
	responseCode      = "CodeException: Response code: "
)

func acquisition(s *walker, _ []byte, _, a int, _ place) int {
	s.said(tape.LicenceFailed)
	return a + len(s.in.nearest.row.literal)
}

// licenceRequest notes the failure of a licence request that a player or a client
// reports in words: keySystemLicenseRequestFailed, License request failed: 403.
func licenceRequest(s *walker, t []byte, from, a int, _ place) int {
	end := a + len(s.in.nearest.row.literal)
	if signs.SaysFailure(t[max(from, a-16):min(len(t), end+maxQuery)]) {
		s.said(tape.LicenceFailed)
	}
	return end
}

// response notes an HTTP error of the platform's DRM; other downloads fail so too.
func response(s *walker, t []byte, _, a int, _ place) int {
	end := a + len(responseCode)
	if status, ok := lex.StatusAt(t, end); ok && status >= 400 {
		s.said(tape.ErrorResponse)
	}
	return end
}
