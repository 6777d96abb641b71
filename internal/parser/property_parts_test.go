package parser

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// bodies write a server body.
var bodies = []part[func(b *builder, code int) string]{
	{"short", func(b *builder, n int) string {
		return fmt.Sprintf(`{"errorCode":%d,"message":"Token already played."}`, n)
	}},
	{"field", func(b *builder, n int) string {
		return fmt.Sprintf(`{"status":"UNGRANTED_REQUEST","code":400,"errorCode":%d,"message":"Invalid request"}`, n)
	}},
	{"blanks", func(b *builder, n int) string {
		return fmt.Sprintf(`{ "message" : "a \"quoted\" {brace} %d", "errorCode" : %d , "code" : 500 }`, 1000+b.IntN(9000), n)
	}},
	{"digits", func(b *builder, n int) string { return fmt.Sprintf(`{"errorCode":"%d","details":[1,{"a":null}]}`, n) }},
	{"alone", func(b *builder, n int) string { return fmt.Sprintf(`{"errorCode":%d}`, n) }},
	{"last", func(b *builder, n int) string {
		return fmt.Sprintf(`{"timestamp":1795422948788,"path":"/x","trace":{"id":"a-4006-b"},"errorCode":%d}`, n)
	}},
	{"pretty", func(b *builder, n int) string {
		return fmt.Sprintf("{\n  \"status\": \"UNGRANTED_REQUEST\",\n  \"code\": 400,\n  \"errorCode\": %d,\n  \"message\": \"Invalid request\"\n}", n)
	}},
}

// forms write a body's text as something else that holds it.
var forms = []part[func(b *builder, body string) string]{
	{"as it is", func(_ *builder, s string) string { return s }},
	{"text around", func(_ *builder, s string) string { return "upstream 10.0.0.1:6007 said 400: " + s + " after 4012ms" }},
	{"python bytes", func(_ *builder, s string) string { return "b'" + strings.ReplaceAll(s, "\n", `\n`) + "'" }},
	{"swift", func(_ *builder, s string) string { return "Optional(" + quote(s) + ")" }},
	{"html", func(_ *builder, s string) string {
		return "<pre>" + strings.NewReplacer(`&`, "&amp;", `"`, "&quot;", "<", "&lt;").Replace(s) + "</pre>"
	}},
	{"html numeric", func(_ *builder, s string) string { return strings.ReplaceAll(s, `"`, "&#34;") }},
	{"query", func(_ *builder, s string) string { return "x=1&body=" + url.QueryEscape(s) + "&y=4006" }},
	{"path escape", func(_ *builder, s string) string { return "body=" + url.PathEscape(s) }},
	{"nginx", func(_ *builder, s string) string {
		return strings.NewReplacer(`\`, `\x5C`, `"`, `\x22`, "\n", `\x0A`).Replace(s)
	}},
	{"base64", func(_ *builder, s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"hex", func(_ *builder, s string) string { return "0x" + hex.EncodeToString([]byte(s)) }},
	{"hex apart", func(_ *builder, s string) string { return fmt.Sprintf("[% X]", s) }},
	{"base64 url", func(_ *builder, s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"data url", func(_ *builder, s string) string {
		return "data:application/json;base64," + base64.StdEncoding.EncodeToString([]byte(s))
	}},
	{"shaka string", func(_ *builder, s string) string {
		return `{"severity":2,"category":6,"code":6007,"data":[{"severity":1,"category":1,"code":1001,"data":["https://cdn.example/x",400,` + quote(s) + `,{},2]}],"handled":false,"message":"Shaka Error 6007"}`
	}},
	{"native map", func(_ *builder, s string) string {
		return `{ NativeMap: {"statusCode":400,"message":"Bad Request","platform":{"name":"Android","data":[` + quote(s) + `]}} }`
	}},
	{"web player", func(_ *builder, s string) string {
		return `{"code":5006,"nativeError":{"platform":"Browser","details":{"errorCode":33,"errorMessage":"HTTP status: 400","content":{"serverUrl":"https://cdn.example/ssm/4025/x.mpd","serverResponse":` + quote(s) + `}}}}`
	}},
	{"shaka pretty", func(_ *builder, s string) string {
		return "shaka.util.Error {\n  \"severity\": 2,\n  \"category\": 6,\n  \"code\": 6007,\n  \"data\": [\n    {\n      \"severity\": 2,\n      \"category\": 1,\n      \"code\": 1001,\n      \"data\": [\n        \"https://cdn.example/x\",\n        400,\n        " + quote(s) + ",\n        {},\n        2\n      ],\n      \"handled\": false\n    }\n  ]\n}"
	}},
}

// evidence puts a code where it counts, or where it does not: then it returns false.
var evidence = []part[func(b *builder, r *record, code int) bool]{
	{"body as text", bodyText}, {"body as text", bodyText}, {"body as text", bodyText},
	{"body in message", func(b *builder, r *record, n int) bool {
		r.message += " " + use(b, forms)(b, use(b, bodies)(b, n))
		return true
	}},
	{"body nested", func(b *builder, r *record, n int) bool {
		r.raw(pick(b, "body", "ssp", "upstream", "response"), strings.ReplaceAll(use(b, bodies)(b, n), "\n", " "))
		return true
	}},
	{"body deep", func(b *builder, r *record, n int) bool {
		r.raw("ctx", `{"a":[1,{"b":`+strings.ReplaceAll(use(b, bodies)(b, n), "\n", "")+`}]}`)
		return true
	}},
	{"body escaped", func(b *builder, r *record, n int) bool {
		s := use(b, bodies)(b, n)
		for range 1 + b.IntN(5) {
			s = fmt.Sprintf(`{"inner":%s}`, quote(s))
		}
		r.text("body", s)
		return true
	}},
	{"extra", func(b *builder, r *record, n int) bool {
		name := pick(b, "extra", "extras", "extra_code", "extraCode", "widevine_extra")
		if b.IntN(2) == 0 {
			r.raw(name, fmt.Sprint(n))
		} else {
			r.text(name, fmt.Sprint(n))
		}
		return true
	}},
	{"extra in message", func(b *builder, r *record, n int) bool {
		r.message += fmt.Sprintf(pick(b, " extra=%d", " (extra: %d)", " extra = %d,", " [extra=%d]", ", extra: %d;"), n)
		return true
	}},
	{"extra object", func(b *builder, r *record, n int) bool {
		r.raw("extra", fmt.Sprintf(`{"code":%d,"text":"x"}`, n))
		return true
	}},
	{"callback", func(b *builder, r *record, n int) bool {
		r.raw("event", fmt.Sprintf(`{"code":5020,"nativeError":{"platform":"Android","details":{"what":-9999,"extra":%d,"message":"x"}}}`, n))
		return true
	}},
	{"framework callback", func(b *builder, r *record, n int) bool {
		r.raw("event", fmt.Sprintf(`{"code":3003,"nativeError":{"details":{"what":1,"extra":%d}}}`, n))
		return false
	}},
	{"callback in message", func(b *builder, r *record, n int) bool {
		r.message += fmt.Sprintf(pick(b, " onError what=-1320 extra=%d", " onError(what: -1320, extra: %d)"), n)
		return true
	}},
	{"repeated", func(b *builder, r *record, n int) bool {
		body := fmt.Sprintf(`{"errorCode":%d,"message":"x"}`, n)
		r.message += " " + body
		r.raw("ssp", body)
		r.raw("extra", fmt.Sprint(n))
		r.raw("err", fmt.Sprintf(`{"message":%s,"stack":%s}`, quote("400 "+body), quote("Error: 400 "+body+"\n    at f (/srv/a.js:4025:6007)")))
		return true
	}},
}

func bodyText(b *builder, r *record, n int) bool {
	r.text(pick(b, "body", "resp", "response", "err", "error", "data"), use(b, forms)(b, use(b, bodies)(b, n)))
	return true
}

// neighbours are numbers that are no codes.
var neighbours = []part[func(b *builder, r *record)]{
	{"port", func(b *builder, r *record) { r.text("upstream_addr", fmt.Sprintf("10.0.0.1:%d", b.listed())) }},
	{"pid", func(b *builder, r *record) {
		r.raw(pick(b, "pid", "line", "size", "latency_ms", "elapsed"), fmt.Sprint(b.listed()))
	}},
	{"uuid", func(b *builder, r *record) {
		r.text("id", fmt.Sprintf("3f2a%d-%[1]d-%[1]d-8%[1]d-00000000%[1]d", b.listed()))
	}},
	{"shaka", func(b *builder, r *record) {
		r.raw("error", fmt.Sprintf(`{"severity":2,"category":6,"code":%d,"data":[{"code":%d,"category":1,"data":["https://cdn.example/x"]}]}`, b.listed(), b.listed()))
	}},
	{"media3", func(b *builder, r *record) {
		r.raw("playerError", fmt.Sprintf(`{"errorCode":%d,"errorCodeName":"ERROR_CODE_DRM_LICENSE_ACQUISITION_FAILED"}`, b.listed()))
	}},
	{"plugin", func(b *builder, r *record) {
		r.text("sdk", fmt.Sprintf(`_sdkError {"errorSeverity":2,"errorCategory":6,"errorCode":%d,"errorMessage":"Shaka Error %[1]d"}`, b.listed()))
	}},
	{"bitmovin", func(b *builder, r *record) {
		r.raw("bitmovin", fmt.Sprintf(`{"code":%d,"name":"DRM_FAILED_LICENSE_REQUEST"}`, b.listed()))
	}},
	{"theo", func(b *builder, r *record) {
		r.raw("theo", fmt.Sprintf(`{"code":%d,"category":5,"message":"x"}`, b.listed()))
	}},
	{"other key", func(b *builder, r *record) {
		r.raw(pick(b, "error_code", "shakaErrorCode", "extraction", "extra_time", "ErrorCode"), fmt.Sprint(b.listed()))
	}},
	{"prefixed", func(b *builder, r *record) {
		r.text("vendor", fmt.Sprintf(pick(b, "drm_%d", "MDRM-%d", "0x8000%d", "v4.%d"), b.listed()))
	}},
	{"negative", func(b *builder, r *record) {
		r.raw("ns", fmt.Sprintf(`{"domain":"NSURLErrorDomain","errorCode":-%d}`, b.listed()))
	}},
	{"extra null", func(b *builder, r *record) {
		r.raw("x", fmt.Sprintf(`{"extra":%s}`, pick(b, "null", fmt.Sprintf("[%d]", b.listed()), `{"n":4006}`, "true")))
	}},
	{"success", func(b *builder, r *record) { r.raw("ok", `{"status":"OK","errorCode":0,"license":["MTIzNDU="]}`) }},
	{"words", func(b *builder, r *record) {
		r.message += fmt.Sprintf(" code %d in %d ms at main.java:%d", b.listed(), b.listed(), b.listed())
	}},
	{"bare", func(b *builder, r *record) { r.message += fmt.Sprintf(" ShakaPlayer errorCode=%d", b.listed()) }},
	{"tenant", func(b *builder, r *record) { r.text("tenant", fmt.Sprintf("NAG%d", b.listed())) }},
	{"base64 noise", func(b *builder, r *record) { r.text("challenge", "CAESvh8KDQ40NjAwNi8r") }},
}

func (b *builder) listed() int { return pick(b, 1001, 1007, 4006, 4015, 4025, 6001, 6004, 6007, 6008) }
