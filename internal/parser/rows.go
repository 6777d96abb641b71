package parser

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
)

// rows is the table of what is looked for: a literal that all evidence of a kind
// holds, the index of its rarest byte, and its reader. A new shape is a new file
// and a row here.
func rows() []row {
	return []row{
		{"errorCode", 5, (*scan).errorCodeText},
		{"ErrorCode", 5, (*scan).errorCodeText},
		{fieldnames.ServerStatus, 12, (*scan).serverWords},
		{"xtra", 0, (*scan).extraText},
		{"(-", 0, (*scan).callbackText},
		{"Error: -", 0, (*scan).callbackText},
		{"onError", 2, (*scan).callbackText},
		{"Optional(", 8, (*scan).optional},
		{sessionLimit, 8, (*scan).sessionLimit},
		{"ZXJyb3JDb2Rl", 2, (*scan).base64},
		{"cnJvckNvZG", 2, (*scan).base64},
		{"cm9yQ29kZ", 4, (*scan).base64},
		{"X1JFUVVFU1", 2, (*scan).base64}, // UNGRANTED_REQUEST, where a line breaks in the other
		{"R1JBTlRFRF9", 2, (*scan).base64},
		{"TkdSQU5UR", 4, (*scan).base64},
		{"ls/", 2, (*scan).path},
		{`ls\/`, 3, (*scan).path},
		{"/ssm/", 4, (*scan).path},
		{`ssm\/`, 4, (*scan).path},
		{"/" + servers.Renewal, 0, (*scan).path},
		{acquisitionFailed, 2, (*scan).acquisition},
		{"LICENSE_REQUEST", 10, (*scan).licenceRequest},
		{"MEDIA_KEYMESSAGEERR", 1, (*scan).acquisition},
		{"_LICENSER_ERROR", 3, (*scan).acquisition},
		{"LicenseRequest", 0, (*scan).licenceRequest},
		{"License request", 0, (*scan).licenceRequest},
		{"License server", 0, (*scan).licenceRequest},
		{"Licence server", 0, (*scan).licenceRequest},
		{"Licence request", 0, (*scan).licenceRequest},
		{responseCode, 0, (*scan).response},
	}
}

// Texts of players that a licence failed, without the server's code.
const (
	acquisitionFailed = "LICENSE_ACQUISITION_FAILED"
	responseCode      = "CodeException: Response code: "
)

func (s *scan) acquisition(_ []byte, _, a int, _ place) int {
	s.missing = result.AcquisitionFailed
	return a + len(s.in.nearest.row.literal)
}

// licenceRequest notes the failure of a licence request that a player or a client
// reports in words: keySystemLicenseRequestFailed, License request failed: 403.
func (s *scan) licenceRequest(t []byte, from, a int, _ place) int {
	end := a + len(s.in.nearest.row.literal)
	if signs.SaysFailure(t[max(from, a-16):min(len(t), end+maxQuery)]) {
		s.missing = result.AcquisitionFailed
	}
	return end
}

// response notes an HTTP error of the platform's DRM; other downloads fail so too.
func (s *scan) response(t []byte, _, a int, _ place) int {
	end := a + len(responseCode)
	if status, ok := lex.StatusAt(t, end); ok && status >= 400 {
		s.responseSaid = true
	}
	return end
}
