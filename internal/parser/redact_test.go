package parser

import (
	"bytes"
	"encoding/base64"

	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"errorCode":4006,"message":"Token already played."}`, `{"errorCode":4006,"message":"Token already played."}`},
		{`POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1" 400 55`, `POST /NAG4001/wvls/contentlicenseservice/v1/licenses HTTP/1.1" 400 55`},
		{`a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln b`, `a [redacted] b`},
		{`{"nv-authorizations":"abc","port":6007}`, `{"nv-authorizations":[redacted],"port":6007}`},
		{`{\"deviceId\":\"a \\\"b\\\" c\",\"extra\":4006}`, `{\"deviceId\":[redacted],\"extra\":4006}`},
		{`device={"id":"x","model":"y"} extra=4015`, `device=[redacted] extra=4015`},
		{`Authorization: Bearer abc def`, `Authorization: [redacted]`},
		{`Cookie: a=b; c=d" 200`, `Cookie: [redacted]" 200`},
		{`?access_token=abc&x=1`, `?access_token=[redacted]&x=1`},
		{`{\x22account\x22:\x22A1\x22,\x22errorCode\x22:4006}`, `{\x22account\x22:[redacted],\x22errorCode\x22:4006}`},
		{`%7B%22subscriber%22%3A%22A1%22%2C%22errorCode%22%3A4006%7D`, `%7B%22subscriber%22%3A[redacted]%2C%22errorCode%22%3A4006%7D`},
		{`{&quot;email&quot;:&quot;a&quot;,&quot;n&quot;:1}`, `{&quot;email&quot;:[redacted],&quot;n&quot;:1}`},
		{`10.1.2.3 - - [23/Nov/2026:08:26:39 +0000]`, `[redacted] - - [23/Nov/2026:08:26:39 +0000]`},
		{`from 2001:db8::7334:1 port 1`, `from [redacted] port 1`},
		{`mail a.b@example.com now`, `mail [redacted] now`},
		{`id 821bc6ed1e7c4469d316c9f0958288ab end`, `id [redacted] end`},
		{`c CAESvh8KDQ40NjAwNi8rCAESvh8KDQ40NjAwNi8r+/AbC12= e`, `c [redacted] e`},
		{`description: licence refused`, `description: licence refused`},
		{`user=bob, code=4006`, `user=[redacted], code=4006`},
		{`<deviceId>abc d</deviceId><status>400</status>`, `<deviceId>[redacted]</deviceId><status>400</status>`},
		{`<ns:user>John Doe</ns:user> 4006 users > 5`, `<ns:user>[redacted]</ns:user> 4006 users > 5`},
		{`deviceId->abc 4006`, `deviceId->[redacted] 4006`},
		{`"rawHeaders":["Authorization","Bearer a","Host","x"]`, `"rawHeaders":["Authorization",[redacted],"Host","x"]`},
		{`[{"name":"Cookie","value":"a=b"},{"name":"Host","value":"x"}]`, `[{"name":"Cookie","value":[redacted]},{"name":"Host","value":"x"}]`},
		{`{\"key\":\"nv-authorizations\",\"value\":{\"stringValue\":\"abc\"}}`, `{\"key\":\"nv-authorizations\",\"value\":[redacted]}`},
		{`{"logger":"token","msg":"refused"}`, `{"logger":"token","msg":"refused"}`},
	} {
		if got := string(Redact(nil, []byte(c.in))); got != c.want {
			t.Errorf("Redact(%q)\n got  %q\n want %q", c.in, got, c.want)
		}
	}
}

// FuzzRedact plants a secret in any text, in each of the forms that secrets take
// in logs, and looks for it in what is left.
func FuzzRedact(f *testing.F) {
	f.Add("a ", []byte("0123456789abcdefghijklmnopqrstuv"), " b")
	f.Add(`{"x":"`, []byte("\x00\xff0123456789abcdefghijklmnopqrs"), `"}`)
	f.Add(`\"\\\"'`, []byte("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), `&quot;%22`)
	f.Fuzz(func(t *testing.T, before string, random []byte, after string) {
		if len(random) < 16 {
			return
		}
		random = random[:min(len(random), 64)]
		value := fmt.Sprintf("%x", random[:8]) + "G"
		member := `{"session":1,"nv-authorizations":"` + value + `","extra":4006}`
		secrets := []string{
			fmt.Sprintf("%x", random),
			"eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString(random) + ".c2lnbmF0dXJl",
		}
		texts := []string{"token=" + value, "deviceId: " + value, member, quote(member), quote(quote(member)), url.QueryEscape(member),
			strings.ReplaceAll(member, `"`, "&quot;"), strings.ReplaceAll(member, `"`, `\x22`), "Cookie: a=1; b=" + value, "user=" + value,
			"<device>" + value + "</device>", `["Authorization","Bearer ` + value + `"]`, `{"name":"Cookie","value":"a=` + value + `"}`}
		for _, s := range secrets {
			if out := Redact(nil, []byte(before+"\n"+s+"\n"+after)); bytes.Contains(out, []byte(s[24:])) && !strings.Contains(before+after, s[24:]) {
				t.Fatalf("%q shows in %q", s, out)
			}
		}
		for _, s := range texts {
			in := fmt.Sprintf("%s\n%s\n%s", before, s, after)
			if out := Redact(nil, []byte(in)); bytes.Contains(out, []byte(value)) && !strings.Contains(before+after, value) {
				t.Fatalf("%q shows in %q", s, out)
			}
		}
	})
}

func BenchmarkRedactHostile(b *testing.B) {
	for name, unit := range map[string]string{"dots": "a.", "dashes": "a-", "keys": "token=", "slashes": `\`, "quotes": `user="`} {
		text := []byte(strings.Repeat(unit, 64<<10/len(unit)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var dst []byte
			for b.Loop() {
				dst = Redact(dst[:0], text)
			}
		})
	}
}
