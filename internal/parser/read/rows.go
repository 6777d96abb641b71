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
	return []row{
		{"errorCode", 5, errorCodeText},
		{"ErrorCode", 5, errorCodeText},
		{fieldnames.ServerStatus, 12, serverWords},
		{"xtra", 0, extraText},
		{"(-", 0, callbackText},
		{"Error: -", 0, callbackText},
		{"onError", 2, callbackText},
		{"Optional(", 8, optional},
		{sessionLimit, 8, sessionLimitText},
		{"ZXJyb3JDb2Rl", 2, base64Text},
		{"cnJvckNvZG", 2, base64Text},
		{"cm9yQ29kZ", 4, base64Text},
		{"X1JFUVVFU1", 2, base64Text}, // UNGRANTED_REQUEST, where a line breaks in the other
		{"R1JBTlRFRF9", 2, base64Text},
		{"TkdSQU5UR", 4, base64Text},
		{"ls/", 2, pathText},
		{`ls\/`, 3, pathText},
		{"/ssm/", 4, pathText},
		{`ssm\/`, 4, pathText},
		{"/" + servers.Renewal, 0, pathText},
		{acquisitionFailed, 2, acquisition},
		{"LICENSE_REQUEST", 10, licenceRequest},
		{"MEDIA_KEYMESSAGEERR", 1, acquisition},
		{"_LICENSER_ERROR", 3, acquisition},
		{"LicenseRequest", 0, licenceRequest},
		{"License request", 0, licenceRequest},
		{"License server", 0, licenceRequest},
		{"Licence server", 0, licenceRequest},
		{"Licence request", 0, licenceRequest},
		{responseCode, 0, response},
	}
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
