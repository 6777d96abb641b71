package web

import (
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"testing"

	"wvwatch/docs/runbooks"
	"wvwatch/internal/metrics"
)

func TestAPISamples(t *testing.T) {
	w := newWorld(t, "proxy", "player")
	w.read(t, "proxy", `{"errorCode":4006,"deviceId":"`+secret+`"}`+"\n")
	w.read(t, "player", `extra=4025 token=`+secret+"\n")
	w.read(t, "player", `extra=4002:1 account=`+secret+"\n")
	w.read(t, "player", `{"request":"POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":400,"cookie":"`+secret+`"}`+"\n")
	h := handler(t, Config{}, w.deps(t))
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"", []string{"player attached 4002", "player licence-status", "player widevine 4025", "proxy widevine 4006"}},
		{"?source=proxy", []string{"proxy widevine 4006"}},
		{"?code=4025", []string{"player widevine 4025"}},
		{"?code=4002", nil}, // was refused: it is no code
		{"?drm=widevine", []string{"player widevine 4025", "proxy widevine 4006"}},
		{"?drm=ssm", nil},
		{"?reason=attached", []string{"player attached 4002"}},
		{"?reason=licence-status&source=proxy", nil},
	} {
		body := askJSON[samplesBody](t, h, "/api/v1/samples"+tt.query, 200)
		var got []string
		for _, s := range body.Samples {
			what := s.Source + " " + s.DRM
			if s.Reason != "" {
				what = s.Source + " " + s.Reason
			}
			if n := s.Code + s.Number; n != 0 {
				what += fmt.Sprintf(" %d", n)
			}
			got = append(got, what)
			if s.File == "" || s.Taken.IsZero() || strings.Contains(s.Text, secret) || !strings.Contains(s.Text, "[") {
				t.Errorf("%s: %+v", tt.query, s)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}

// Whatever is asked, what was private in the logs is in no answer.
func TestNothingPrivateLeaves(t *testing.T) {
	w := busyDay(t)
	h := handler(t, Config{}, w.deps(t))
	for _, path := range []string{"/", "/metrics", "/api/v1/status", "/api/v1/codes", "/api/v1/series?over=24h", "/api/v1/alerts", "/api/v1/sources",
		"/api/v1/samples", "/api/v1/samples?source=ssp-edge", "/api/v1/samples?reason=attached", "/api/v1/catalogue?q=" + secret, "/api/v1/codes?source=" + secret} {
		got := ask(h, "GET", path).Body.String()
		if got == "" || strings.Contains(strings.ReplaceAll(got, `\"`+secret+`\"`, ""), secret) { // an error repeats what was asked for
			t.Errorf("%s: %s", path, got)
		}
	}
}

// FuzzSamplesAPI plants a secret in a record of any text, lets the daemon read
// it, and looks for it in what the API answers.
func FuzzSamplesAPI(f *testing.F) {
	base := newWorld(f, "proxy")
	f.Add(`{"errorCode":4006}`, " ", 0)
	f.Add(`POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1" 400`, " extra=-1004 ", 1)
	f.Add(strings.Repeat("extra=4002:1 ", 900), "\n\tat x\n", 2)
	f.Fuzz(func(t *testing.T, before, after string, form int) {
		const hidden = "Q7zS3cr3tZx9"
		if strings.Contains(before+after, hidden[:6]) {
			return
		}
		forms := []string{`"nv-authorizations":"` + hidden + `"`, "token=" + hidden, "Cookie: sid=" + hidden, `{\"deviceId\":\"` + hidden + `\"}`, "user=" + hidden}
		w := &world{cat: base.cat, ledger: base.ledger, samples: metrics.NewSamples()}
		w.read(t, "proxy", before+"\n"+before+" "+forms[(form%len(forms)+len(forms))%len(forms)]+" extra=4025 "+after+"\n")
		a := &api{feed: newFeed(Deps{Ready: func() (bool, string) { return true, "" }, Samples: w.samples.All}, "")}
		answer, err := a.samples(url.Values{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(answer)
		if err != nil || strings.Contains(string(got), hidden) {
			t.Fatalf("%q: %v %s", before+after, err, got)
		}
	})
}

func TestRunbooksAreServed(t *testing.T) {
	w := newWorld(t)
	h := handler(t, Config{}, w.deps(t))
	pages, err := fs.Glob(runbooks.Pages, "*.md")
	if err != nil || len(pages) < 17 {
		t.Fatalf("%q %v", pages, err)
	}
	for _, name := range append(pages, "") {
		answer := ask(h, "GET", "/runbooks/"+name)
		text := answer.Body.String()
		if answer.Code != 200 || answer.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(text, "<h1>") || !strings.Contains(text, "<li>") {
			t.Errorf("%q: %d %s", name, answer.Code, text)
		}
		// Nothing of Markdown is left, and every link leads to a page.
		for _, mark := range []string{"**", "](", "\n* ", "\n## ", "|--"} {
			if strings.Contains(text, mark) {
				t.Errorf("%s: %q is left", name, mark)
			}
		}
		for _, part := range strings.Split(text, `<a href="`)[1:] {
			target, _, _ := strings.Cut(part, `"`)
			if u, err := url.Parse("/runbooks/" + target); err != nil || ask(h, "GET", u.JoinPath().Path).Code != 200 && target != "../" && target != "./" {
				t.Errorf("%s: a link to %q leads nowhere", name, target)
			}
		}
	}
	if a := ask(h, "GET", "/runbooks/nothing.md"); a.Code != 404 {
		t.Errorf("no such page: %d", a.Code)
	}
}

func TestMarkdown(t *testing.T) {
	title, body := markdown("# A <b>\n\ntext `c<d` **e** *f* [g](h.md) [x](https://example.com/?a=b) <i>\n\n1. one\n   * in\n2. two\n\n| a | b |\n|---|--:|\n| c\\|e | d |\n\n    code <x>\n\n```yaml\na: <y>\n```\n\n[j](javascript:x)\n")
	for _, want := range []string{
		"<p>text <code>c&lt;d</code> <strong>e</strong> <em>f</em> <a href=\"h.md\">g</a> <a href=\"https://example.com/?a=b\">x</a>",
		"<li>one\n<ul>\n<li>in</li>", "<li>two</li>", "<th>a</th>", "<td>c|e</td>", `<td align="right">d</td>`,
		"<pre tabindex=\"0\">code &lt;x&gt;</pre>", "<pre tabindex=\"0\">a: &lt;y&gt;</pre>", `<a href="">j</a>`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if title != "A <b>" || strings.Contains(string(body), "<i>") || strings.Contains(string(body), "style=") {
		t.Errorf("title %q\n%s", title, body)
	}
}

// The daemon's own runbooks are linked to wherever the page is open.
func TestRunbookLinks(t *testing.T) {
	w := busyHour(t)
	s := New(&Listeners{cfg: Config{Listen: []string{"127.0.0.1:0"}, ExternalURL: "https://wvwatch.example.com/drm/"}}, w.deps(t), discard())
	if got := s.Runbooks(); got != "https://wvwatch.example.com/drm/runbooks/" {
		t.Errorf("runbooks at %q", got)
	}
	w.states[0].Annotations = map[string]string{"runbook_url": s.Runbooks() + "key-manager.md"}
	if a := askJSON[alertsBody](t, s.handler, "/api/v1/alerts", 200).Alerts[0]; a.Runbook != "runbooks/key-manager.md" {
		t.Errorf("runbook %q", a.Runbook)
	}
	everywhere, err := Listen(Config{Listen: []string{"0.0.0.0:0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	if u := everywhere.ExternalURL(); strings.Contains(u, "0.0.0.0") || !strings.HasPrefix(u, "http://") {
		t.Errorf("of every interface: %q", u)
	}
}
