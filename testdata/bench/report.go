package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"wvwatch/internal/codes"
)

// report is one refusal as a licence server sends it, its body written in each
// of the ways in which a log holds it.
type report struct {
	fact    fact
	drm     codes.DRM
	status  int    // of the HTTP answer
	plain   string // {"errorCode":4006,...}
	escaped string // {\"errorCode\":4006,...}: inside a JSON string
	hex     string // {\x22errorCode\x22:4006,...}: nginx's default escaping
}

// often is what a licence proxy mostly sees, in reports per thousand; the rest
// is spread over the whole Widevine list.
var often = []struct {
	drm      codes.DRM
	code     int
	perMille int
}{
	{codes.Widevine, 4006, 240},
	{codes.Widevine, 4025, 180},
	{codes.Widevine, 4015, 140},
	{codes.Widevine, 4021, 80},
	{codes.Widevine, 4020, 60},
	{codes.SSM, 1007, 60},
	{codes.Widevine, 4008, 40},
	{codes.Widevine, 4000, 30},
	{codes.Widevine, 4400, 30}, // in no list
	{codes.Widevine, 6007, 20},
	{codes.Widevine, 1001, 20},
}

// reports returns a thousand refusals, as frequent among them as in the field.
func reports(cat *codes.Catalogue, rng *rand.Rand) []report {
	all := make([]report, 0, 1000)
	for _, o := range often {
		for range o.perMille {
			all = append(all, newReport(cat.Resolve(o.drm, o.code), rng.IntN(4)))
		}
	}
	var widevine []codes.Entry
	for i := range cat.Len() {
		if e := cat.At(i); e.DRM == codes.Widevine {
			widevine = append(widevine, e)
		}
	}
	for len(all) < cap(all) {
		all = append(all, newReport(widevine[rng.IntN(len(widevine))], rng.IntN(4)))
	}
	return all
}

// newReport writes the body of an entry in one of the four forms seen in the field.
func newReport(e codes.Entry, form int) report {
	status, word := 400, "UNGRANTED_REQUEST"
	if e.Code >= 5000 {
		status, word = 500, "INTERNAL_ERROR"
	}
	message := e.Description
	switch {
	case !e.Listed:
		message, form = "Invalid request", 3
	case e.DRM == codes.SSM && form%2 == 0:
		message = "USER_REACHED_MAXIMUM_SESSIONS_LIMIT"
	}
	var body string
	switch form {
	case 0, 1:
		body = fmt.Sprintf(`{"errorCode":%d,"message":"%s"}`, e.Code, message)
	case 2:
		body = fmt.Sprintf(`{"errorCode": %d, "message": "%s"}`, e.Code, message)
	default:
		body = fmt.Sprintf(`{"status":"%s","code":%d,"errorCode":%d,"message":"%s"}`, word, status, e.Code, message)
	}
	return report{
		fact:    fact{"code", e.DRM.String(), strconv.Itoa(e.Code)},
		drm:     e.DRM,
		status:  status,
		plain:   body,
		escaped: strings.ReplaceAll(body, `"`, `\"`),
		hex:     strings.ReplaceAll(body, `"`, `\x22`),
	}
}
