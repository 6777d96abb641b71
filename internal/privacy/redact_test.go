package privacy

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/records.txt")

// records.txt has records of the demo's sources and of other programs, each with
// what is shown of it below. go test -run TestRecords -update ./internal/privacy
// writes it again: read the difference, it is what people see.
func TestRecords(t *testing.T) {
	const file = "testdata/records.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		lines := strings.SplitN(block, "\n", 3)
		var code int
		if _, err := fmt.Sscanf(lines[0], "== %d", &code); err != nil || len(lines) < 2 {
			t.Fatalf("%q: %v", block, err)
		}
		shown := Redact(nil, []byte(lines[1]), code)
		fmt.Fprintf(&out, "%s\n%s\n%s\n\n", lines[0], lines[1], shown)
	}
	got := strings.TrimSpace(out.String()) + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != string(text) {
		t.Errorf("%s is not what is shown:\n%s", file, got)
	}
}

// FuzzRedact plants secrets in any text, in each of the forms that secrets take in
// logs, and looks for them in what is shown.
func FuzzRedact(f *testing.F) {
	f.Add("a ", " b")
	f.Add(`{"x":"`, `"}`)
	f.Add(`\"\\\"'`, `&quot;%22`)
	f.Add("user: ", "\n")
	f.Add("POST /", "/wvls/v1/licenses")
	f.Add("<user>", "</user>")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, secret := range []string{"831904467215", "Zq7x-Kd93_Lm", "zeynep-oyelaran@quigley"} {
			if strings.Contains(before+after, secret[:4]) {
				return
			}
			member := `{"session":1,"nv-authorizations":"` + secret + `","extra":4006}`
			for _, text := range []string{secret, "token=" + secret, member, quote(member), quote(quote(member)), url.QueryEscape(member),
				strings.ReplaceAll(member, `"`, "&quot;"), strings.ReplaceAll(member, `"`, `\x22`), "Cookie: a=1; b=" + secret,
				"<device>" + secret + "</device>", `["Authorization","Bearer ` + secret + `"]`, `{"name":"Cookie","value":"a=` + secret + `"}`} {
				in := before + " " + text + " " + after
				out := Redact(nil, []byte(in), 4006)
				if bytes.Contains(out, []byte(secret)) {
					t.Fatalf("%q shows in %q", in, out)
				}
			}
		}
		// A password of common words is hidden wherever its name is.
		in := before + "\n" + `{"password":"open session server"}` + after
		if out := Redact(nil, []byte(in), 4006); bytes.Contains(out, []byte("open session server")) && !strings.Contains(before+after, "open session server") {
			t.Fatalf("%q shows in %q", in, out)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	for name, unit := range map[string]string{"record": `{"ts":1764532862123,"code":5020,"nativeError":{"what":-1320,"extra":4006},"deviceId":"DEV-1"} `, "dots": "a.", "keys": "token=", "slashes": `\`,
		"quotes": `user="`, "objects": `{"a":`, "tags": "<a>", "digits": "1 ", "brackets": "[a] "} {
		text := []byte(strings.Repeat(unit, 16<<10/len(unit)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var dst []byte
			for b.Loop() {
				dst = Redact(dst[:0], text, 4006)
			}
		})
	}
}
