package privacy

import (
	"strings"
	"testing"
)

// Values that a name of two words, or a name in a sentence, marks as private.
func TestPrivateBySentence(t *testing.T) {
	for _, tt := range [][2]string{
		{"pin code: 4821, extra 4025", "4821"}, {"denied, zip code 8048 extra=4025", "8048"}, {"security code 737 extra=4025", "737"},
		{"your code: 482917 extra=4025", "482917"}, {"verification code is 482917", "482917"}, {"customer no 88421", "88421"},
		{"session42 denied", "session42"}, {"user7 denied extra=4025", "user7"}, {"agent99 denied", "agent99"}, {"room-4821", "4821"},
		{`{"pin code":4821,"errorCode":4025}`, "4821"}, {`{"user name":"open session","errorCode":4025}`, "open session"}, {`{"addresses":["12 Station Server"]}`, "Server"},
		{"arn:aws:iam::123456789012:user/zeynep", "zeynep"}, {"S-1-5-21-3623811015-3361044348", "3623811015"}, {"INSERT INTO t (name, pin) VALUES ('x', 4821)", "4821"},
		{"mutation { login(user: \"open\", pass: \"session\") }", "\"open\""}, {"\x1b[31muser=open\x1b[0m", "=open"}, {"amount=4990 EUR", "4990"}, {"balance: 1200", "1200"},
		{"J&uuml;rgen denied", "rgen"}, {"раssword=open", "=open"}, {"password2=open", "=open"}, {"usr=open", "=open"}, {"pw: open", ": open"}, {"creds=[open,session]", "open"},
		{`55" TV: {"password":"open session"}`, "open session"}, {"user: 'open", "open"}, {"password is q7Zx", "q7Zx"}, {"<user>open", "open"}, {"user:\topen", "open"},
	} {
		if out := string(Redact(nil, []byte(tt[0]), 4025)); strings.Contains(out, tt[1]) {
			t.Errorf("%q shows in %q", tt[1], out)
		}
	}
}

// Colours of a terminal are left out, and hide nothing of what they are around.
func TestColours(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[33mWARN\x1b[0m[0000] denied \x1b[33mextra\x1b[0m=4025":       "WARN[[number]] denied extra=4025",
		`{"log":"\u001b[1;31mERROR\u001b[0m user=\u001b[4mopen\u001b[0m"}`: `{"log":"ERROR user=[text]"}`,
		"\x1b[31mZey\x1b[0mnep denied":                                     "[text] denied",
	} {
		if out := string(Redact(nil, []byte(in), 4025)); out != want {
			t.Errorf("in  %q\nout %s\nwant %s", in, out, want)
		}
	}
}

// What explains a code is left.
func TestUsefulTextShows(t *testing.T) {
	for _, tt := range []string{
		"2026-11-23T08:26:39.123Z ERROR licence request failed: status 400, error code 4025",
		"Caused by: java.net.SocketTimeoutException: Read timed out after 3000 ms",
		`{"level":"error","msg":"upstream timed out","status":504,"duration_ms":30000,"errorCode":4025}`,
		"SSL handshake failed: certificate has expired",
		"ERROR_CODE_DRM_LICENSE_ACQUISITION_FAILED (6004)",
		"POST /T1/wvls/contentlicenseservice/v1/licenses HTTP/1.1",
		"Device, account or content selection cannot be authorised.",
		"at com.example.drm.LicenceService.request(LicenceService.java:125)",
		"Connection reset by peer",
		"retry 2 of 5 in 10 s",
		"2026-11-23 08:26:39,123 ERROR [http-nio-8080-exec-7] c.e.LicenceService - request failed",
		"token expired, session closed, user denied",
	} {
		if out := string(Redact(nil, []byte(tt), 6004)); out != tt {
			t.Errorf("in  %s\nout %s", tt, out)
		}
	}
}
