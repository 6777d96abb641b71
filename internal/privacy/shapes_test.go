package privacy

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// A shape writes a private value into a line that reports 4025.
type shape struct {
	what    string
	write   func(key, value string) string
	keyless bool // does not name the value
	prose   bool // names it as a sentence would
}

func format(what, line string) shape {
	return shape{what: what, write: func(key, value string) string { return strings.NewReplacer("KEY", key, "VALUE", value).Replace(line) }}
}

// without is a shape that does not show what the value is.
func without(what, line string) shape {
	s := format(what, line)
	s.keyless = true
	return s
}

// sentence is a shape that names the value without a separator: words of the
// vocabulary are shown there.
func sentence(what, line string) shape {
	s := format(what, line)
	s.prose = true
	return s
}

var shapes = []shape{
	format("json", `{"errorCode":4025,"KEY":"VALUE","message":"denied"}`),
	format("json, spaced", `{ "KEY" : "VALUE" , "errorCode" : 4025 }`),
	format("json, nested", `{"errorCode":4025,"KEY":{"a":"VALUE","value":"VALUE"},"z":{"KEY":"VALUE"}}`),
	format("json, array", `{"errorCode":4025,"KEY":["VALUE","VALUE"]}`),
	format("json, object with name", `{"errorCode":4025,"params":[{"name":"KEY","value":"VALUE"},{"key":"KEY","value":{"stringValue":"VALUE"}}]}`),
	format("json, list of headers", `{"errorCode":4025,"rawHeaders":["Host","drm.example","KEY","VALUE"]}`),
	format("json, pairs", `{"errorCode":4025,"headers":[["KEY","VALUE"],["x","y"]]}`),
	format("json, no quotes at the value", `{"errorCode":4025,"KEY":VALUE}`),
	format("json, several lines", "{\n  \"errorCode\": 4025,\n  \"KEY\":\n    \"VALUE\"\n}"),
	format("json, text in a text", `{"errorCode":4025,"message":"denied for KEY=VALUE"}`),
	format("json5", `{errorCode: 4025, KEY: 'VALUE'}`),
	format("json, cut", `{"errorCode":4025,"KEY":"VALUE`),
	format("python dict", `{'errorCode': 4025, 'KEY': 'VALUE'}`),
	format("python bytes", `{'errorCode': 4025, b'KEY': b'VALUE', 'x': None}`),
	format("python tuple", `[('errorCode', 4025), ('KEY', 'VALUE')]`),
	format("python object", `Denied(errorCode=4025, KEY='VALUE', x=None)`),
	format("ruby hash", `{:errorCode=>4025, :KEY=>"VALUE", "KEY"=>"VALUE"}`),
	format("ruby object", `#<Denied errorCode: 4025, KEY: "VALUE">`),
	format("php print_r", "Array\n(\n    [errorCode] => 4025\n    [KEY] => VALUE\n)"),
	format("php var_dump", "array(2) {\n  [\"errorCode\"]=>\n  int(4025)\n  [\"KEY\"]=>\n  string(9) \"VALUE\"\n}"),
	format("php serialize", `a:2:{s:9:"errorCode";i:4025;s:3:"KEY";s:9:"VALUE";}`),
	format("java record", `Denied[errorCode=4025, KEY=VALUE]`),
	format("java bean", `Denied{errorCode=4025, KEY='VALUE'}`),
	format("java nested", `Denied(errorCode=4025, KEY=KEY(value=VALUE, x=VALUE))`),
	format("java properties", "errorCode=4025\nKEY=VALUE"),
	format("go struct", `{errorCode:4025 KEY:VALUE Next:x}`),
	format("go syntax", `main.Denied{errorCode:4025, KEY:"VALUE"}`),
	format("go map", `map[errorCode:4025 KEY:VALUE]`),
	format("swift", `Denied(errorCode: 4025, KEY: Optional("VALUE"))`),
	format("swift map", `["errorCode": 4025, "KEY": "VALUE"]`),
	format("objective-c", "{\n    errorCode = 4025;\n    KEY = \"VALUE\";\n}"),
	format("rust", `Denied { errorCode: 4025, KEY: Some("VALUE") }`),
	format("xml element", `<e><errorCode>4025</errorCode><KEY>VALUE</KEY></e>`),
	format("xml, prefix", `<n:errorCode>4025</n:errorCode><n:KEY type="s">VALUE</n:KEY>`),
	format("xml attribute", `<denied errorCode="4025" KEY="VALUE"/>`),
	format("xml, nested", `<errorCode>4025</errorCode><KEY><a>VALUE</a><b c="VALUE"/></KEY>`),
	format("xml, CDATA", `<errorCode>4025</errorCode><KEY><![CDATA[VALUE]]></KEY>`),
	format("xml, name and value", `<errorCode>4025</errorCode><param name="KEY" value="VALUE"/><string name="KEY">VALUE</string>`),
	format("plist", `<key>errorCode</key><integer>4025</integer><key>KEY</key><string>VALUE</string>`),
	format("header", "errorCode=4025\nKEY: VALUE\nHost: drm.example"),
	format("headers in one line", `errorCode=4025 headers: Host: drm.example, KEY: VALUE, Accept: */*`),
	format("cookie", `errorCode=4025 Cookie: a=b; KEY=VALUE; path=/`),
	format("curl", `errorCode=4025 curl -H 'KEY: VALUE' -d 'KEY=VALUE' https://drm.example`),
	format("query", `GET https://drm.example/x?drm=widevine&KEY=VALUE&errorCode=4025 HTTP/1.1`),
	format("form", `drm=widevine&KEY=VALUE&errorCode=4025`),
	format("logfmt", `level=warn errorCode=4025 KEY=VALUE msg=denied`),
	format("logfmt, quoted", `level=warn errorCode=4025 KEY="VALUE" msg=denied`),
	format("logfmt, last", `level=warn errorCode=4025 KEY=VALUE`),
	format("spaces around =", `errorCode = 4025, KEY = VALUE, level = warn`),
	format("colon", `denied: errorCode=4025, KEY: VALUE`),
	format("colon without a space", `denied: errorCode=4025,KEY:VALUE`),
	format("arrow", `errorCode -> 4025, KEY -> VALUE`),
	format("bar", `errorCode=4025|KEY=VALUE|level=warn`),
	format("ltsv", "errorCode:4025\tKEY:VALUE\tlevel:warn"),
	format("brackets", `[errorCode=4025] [KEY=VALUE] [KEY:VALUE] denied`),
	sentence("in parentheses", `denied (KEY VALUE) errorCode=4025`),
	format("quoted in prose", `denied for KEY 'VALUE', errorCode=4025`),
	format("double quotes in prose", `denied for "KEY" "VALUE", errorCode=4025`),
	format("yaml", "errorCode: 4025\nKEY: VALUE\nlevel: warn"),
	format("yaml list", "errorCode: 4025\nKEY:\n  - VALUE\nlevel: warn"),
	format("toml", "errorCode = 4025\nKEY = \"VALUE\""),
	format("flag", `denied errorCode=4025 --KEY VALUE --verbose`),
	format("flag with =", `denied errorCode=4025 --KEY=VALUE --verbose`),
	format("environment", `export KEY=VALUE; errorCode=4025`),
	format("sql", `UPDATE t SET KEY='VALUE' WHERE errorCode=4025 AND KEY = "VALUE"`),
	format("protobuf text", `errorCode: 4025 KEY: "VALUE" KEY { value: "VALUE" }`),
	format("hstore", `"errorCode"=>"4025", "KEY"=>"VALUE"`),
	format("syslog data", `<131>1 2026-11-23T08:26:39Z h ssm 4 - [drm@123 errorCode="4025" KEY="VALUE"] denied`),
	format("CEF", `CEF:0|V|P|1|100|denied|5|errorCode=4025 KEY=VALUE act=denied`),
	sentence("table", "errorCode | KEY | level\n4025 | VALUE | warn"),
	format("upper case", `ERRORCODE=4025 KEY=VALUE`),
	format("key in a longer key", `{"errorCode":4025,"client.KEY":"VALUE","x_KEY_2":"VALUE","prevKEY":"VALUE"}`),
	format("the key as a call", `errorCode=4025 setKEY("VALUE") KEY("VALUE")`),
	format("yaml block", "errorCode: 4025\nKEY: |\n  VALUE\nlevel: warn"),
	format("columns", "errorCode 4025\nKEY        VALUE"),
	format("tab between", "KEY\tVALUE\nerrorCode=4025"),
	format("xml, value of the element", `<errorCode>4025</errorCode><KEY value="VALUE"/>`),
	format("xml, value before the name", `<errorCode>4025</errorCode><param value="VALUE" name="KEY"/>`),
	format("hadoop", "<property>\n  <name>KEY</name>\n  <value>VALUE</value>\n</property>\nerrorCode=4025"),
	format("json, value before the name", `{"errorCode":4025,"h":[{"value":"VALUE","name":"KEY"}]}`),
	format("json, colon on a line of its own", "{\"errorCode\":4025,\"KEY\"\n:\n\"VALUE\"}"),
	format("erlang", `{denied,[{errorCode,4025},{KEY,"VALUE"}]} errorCode=4025`),
	format("lua", `{["errorCode"] = 4025, ["KEY"] = "VALUE", KEY = "VALUE"}`),
	format("clojure", `{:errorCode 4025, :KEY "VALUE"} errorCode=4025`),
	format("powershell", `@{errorCode=4025; KEY=VALUE}`),
	format("bind variables", `UPDATE t SET KEY=? params: ["VALUE", "VALUE"] errorCode=4025`),
	format("an assignment in an exception", "E java.io.IOException: denied KEY=VALUE\n\tat a.b.C(C.java:12)\n errorCode=4025"),

	without("prose", `denied for VALUE with extra 4025`),
	without("prose, first", `VALUE denied with extra 4025`),
	without("prose, last", `denied with extra 4025 for VALUE`),
	without("prose, quoted", `licence for "VALUE" denied, extra 4025`),
	without("prose, in parentheses", `licence denied (VALUE), extra 4025`),
	without("prose, after a colon", `licence denied: VALUE: extra 4025`),
	without("prefix", `2026-11-23 08:26:39 [VALUE] WARN denied extra=4025`),
	without("unknown key", `{"errorCode":4025,"zzz":"VALUE","qx7":["VALUE"],"w":{"v":"VALUE"}}`),
	without("unknown key in logfmt", `level=warn extra=4025 zzz="VALUE" qx=VALUE`),
	without("the key itself", `{"errorCode":4025,"by":{"VALUE":true,"VALUE":{"n":1}}}`),
	without("path", `GET /x/VALUE/y HTTP/1.1" 400 errorCode=4025`),
	without("after a licence path", `POST /T1/wvls/contentlicenseservice/v1/licenses/VALUE HTTP/1.1" 400 errorCode=4025`),
	without("query of a licence path", `POST /T1/wvls/contentlicenseservice/v1/licenses?q=VALUE&VALUE HTTP/1.1" 400 errorCode=4025`),
	without("fragment", `https://drm.example/x#VALUE errorCode=4025`),
	without("user of a URL", `https://VALUE:VALUE@drm.example/x errorCode=4025`),
	without("tab separated", "4025\terrorCode=4025\tVALUE\twarn"),
	without("comma separated", `warn,VALUE,errorCode=4025,VALUE`),
	without("access log", `VALUE - VALUE [23/Nov/2026:08:26:39 +0000] "POST /T1/wvls/v1/licenses HTTP/1.1" 400 55 "VALUE" "VALUE" errorCode=4025`),
	without("stack", "java.io.IOException: VALUE\n\tat a.b.C(VALUE)\n errorCode=4025"),
	without("cut at the end", `errorCode=4025 message VALUE`),
}

// wrapped are what a runtime or a transport does to a line.
var wrapped = []struct {
	what string
	wrap func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"in a string", func(s string) string { return `{"log":` + quote(s) + `,"stream":"stderr"}` }},
	{"in two strings", func(s string) string { return quote(`{"log":` + quote(s) + `}`) }},
	{"in four strings", func(s string) string { return quote(quote(quote(quote(s)))) }},
	{"nginx", func(s string) string {
		return `"body":"` + strings.NewReplacer(`\`, `\x5C`, `"`, `\x22`).Replace(s) + `"`
	}},
	{"percent", url.QueryEscape},
	{"twice percent", func(s string) string { return url.QueryEscape(url.QueryEscape(s)) }},
	{"percent in a string", func(s string) string { return `{"q":` + quote("b="+url.PathEscape(s)) + `}` }},
	{"html", func(s string) string {
		return strings.NewReplacer(`&`, `&amp;`, `"`, `&quot;`, `<`, `&lt;`, `>`, `&gt;`).Replace(s)
	}},
	{"html numbers", func(s string) string {
		return strings.NewReplacer(`"`, `&#34;`, `'`, `&#x27;`, `<`, `&#60;`).Replace(s)
	}},
	{"unicode", func(s string) string {
		return strings.NewReplacer(`"`, `\u0022`, `:`, `\u003a`, `=`, `\u003D`, `<`, `\u003c`, `>`, `\u003e`, `&`, `\u0026`).Replace(s)
	}},
	{"all unicode", func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if r > 0xffff {
				b.WriteRune(r)
				continue
			}
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		return b.String()
	}},
	{"single quotes", func(s string) string { return `body='` + strings.ReplaceAll(s, `'`, `\'`) + `'` }},
	{"sql quotes", func(s string) string { return `body='` + strings.ReplaceAll(s, `'`, `''`) + `'` }},
	{"csv quotes", func(s string) string { return `x,"` + strings.ReplaceAll(s, `"`, `""`) + `",y` }},
	{"base64", func(s string) string { return `body=` + base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"utf-16", func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteString(string(r) + "\x00")
		}
		return b.String()
	}},
	{"syslog", func(s string) string { return "<131>Nov 23 08:26:39 host ssm[12]: " + s }},
	{"java logger", func(s string) string {
		return "2026-11-23 08:26:39,123 ERROR [http-nio-8080-exec-7] c.e.LicenceService - " + s
	}},
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(b)
}
