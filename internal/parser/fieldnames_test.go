package parser

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// TestNamesMeanTheSame writes a record with each name of the dictionary as JSON, as
// logfmt, as LTSV, as W3C columns and as text, and asks for the same result.
func TestNamesMeanTheSame(t *testing.T) {
	cat := mustCatalogue(t)
	read := func(line string) string {
		p, err := New(Config{Timezone: "UTC"}, cat)
		if err != nil {
			t.Fatal(err)
		}
		var r result.Result
		p.SetHeader(new(Header))
		p.Parse(&r, []byte(line+"\n"), len(line)+1)
		var out []string
		for _, q := range r.Requests {
			out = append(out, fmt.Sprintf("request %s %s %s %s", q.DRM, q.Outcome, q.Duration, time.Unix(0, q.Time).UTC().Format(time.RFC3339)))
		}
		for _, e := range r.Events {
			out = append(out, fmt.Sprintf("code %d tenant %s id %s", e.Code, e.Tenant, e.CorrelationID))
			if e.Client != nil {
				out = append(out, "client "+string(e.Client))
			}
		}
		return strings.Join(out, "; ")
	}
	const path, at = "/T1/wvls/v1/licenses", "2026-11-23T08:26:40Z"
	tried := 0
	for _, f := range fieldnames.Dictionary {
		for _, n := range f.Names {
			name := string(n)
			method, target, status, lasted, when := "method", "path", "status", "duration_ms", "time"
			answer, took := "400", "12"
			switch f.Field {
			case fieldnames.Method:
				method = name
			case fieldnames.Path:
				target = name
			case fieldnames.Status:
				status = name
			case fieldnames.Time, fieldnames.TS:
				when = name
			case fieldnames.Seconds:
				lasted, took = name, "0.012"
			case fieldnames.Millis, fieldnames.Taken, fieldnames.Took:
				lasted = name
			case fieldnames.Nanos:
				lasted, took = name, "12000000"
			case fieldnames.ErrorCode, fieldnames.Extra, fieldnames.ExtraCode:
				lines := []string{fmt.Sprintf(`{"%s":4006}`, name), fmt.Sprintf("#Fields: %s\n4006", name)}
				if f.Field != fieldnames.ErrorCode { // in text it needs a licence path
					lines = append(lines, fmt.Sprintf(`level=warn %s=4006`, name))
				}
				for _, line := range lines {
					tried++
					if got := read(line); got != "code 4006 tenant  id " {
						t.Errorf("%q: %q", line, got)
					}
				}
				continue
			case fieldnames.Tenant, fieldnames.Correlation, fieldnames.RequestID, fieldnames.Device, fieldnames.Forwarded, fieldnames.ClientIP, fieldnames.Remote:
				value, want := "c0ffee-4006", "code 4006 tenant  id c0ffee-4006"
				switch f.Field {
				case fieldnames.Tenant:
					want = "code 4006 tenant c0ffee-4006 id "
				case fieldnames.Device:
					want = "code 4006 tenant  id ; client c0ffee-4006"
				case fieldnames.Forwarded, fieldnames.ClientIP, fieldnames.Remote:
					value, want = "203.0.113.7", "code 4006 tenant  id ; client 203.0.113.7"
				}
				for _, line := range []string{
					fmt.Sprintf(`{"%s":"%s","errorCode":4006}`, name, value),
					fmt.Sprintf(`level=warn %s=%s body={"errorCode":4006}`, name, value),
					fmt.Sprintf(`level=warn %s="%s" body="{\"errorCode\":4006}"`, name, value),
					fmt.Sprintf("#Fields: %s errorCode\n%s 4006", name, value),
				} {
					tried++
					if got := read(line); got != want {
						t.Errorf("%s: %q, not %q", line, got, want)
					}
				}
				continue
			default:
				continue
			}
			want := "request widevine refused 12ms " + at
			for _, line := range []string{
				fmt.Sprintf(`{"%s":"%s","%s":"POST","%s":"%s","%s":%s,"%s":%s}`, when, at, method, target, path, status, answer, lasted, took),
				fmt.Sprintf(`%s=%s %s=POST %s=%s %s=%s %s=%s`, when, at, method, target, path, status, answer, lasted, took),
				fmt.Sprintf("%s:%s\t%s:POST\t%s:%s\t%s:%s\t%s:%s", when, at, method, target, path, status, answer, lasted, took),
				fmt.Sprintf("#Fields: %s %s %s %s %s\n%s POST %s %s %s", when, method, target, status, lasted, at, path, answer, took),
			} {
				tried++
				if got := read(line); got != want {
					t.Errorf("%q: %q, not %q", line, got, want)
				}
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d lines tried", tried)
	}
}

// namesAsMarkdown returns the table of the dictionary as the documentation holds it.
func namesAsMarkdown() string {
	var b strings.Builder
	b.WriteString("| meaning | names |\n|---|---|\n")
	for _, f := range fieldnames.Dictionary {
		fmt.Fprintf(&b, "| %s | ", f.Meaning)
		for i, n := range f.Names {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "`%s`", n)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// signsAsMarkdown returns the table of signs as the documentation holds it.
func signsAsMarkdown() string {
	var b strings.Builder
	b.WriteString("| sign | weight | what it is |\n|---|---|---|\n")
	for _, s := range signs.Table[1:] {
		fmt.Fprintf(&b, "| `%s` | %+d | %s |\n", s.Name, s.Weight, s.Meaning)
	}
	return b.String()
}

// TestTablesAreDocumented holds the tables in docs/recognition.md to the code. With
// UPDATE_DOCS set it rewrites them.
func TestTablesAreDocumented(t *testing.T) {
	documented(t, "<!-- field names: generated -->\n", "<!-- end of field names -->", namesAsMarkdown())
	documented(t, "<!-- signs: generated -->\n", "<!-- end of signs -->", signsAsMarkdown())
}

func documented(t *testing.T, begin, end, want string) {
	t.Helper()
	const file = "../../docs/recognition.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s: no table %s", file, strings.TrimSpace(begin))
	}
	if table == want {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s: a table differs from the code: run the test with UPDATE_DOCS=1", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
