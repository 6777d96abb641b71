package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"wvwatch/internal/parser"
)

// sampler parses text as one block of a source's file and samples it.
func sampler(t testing.TB) (s *Samples, feed func(source, text string, now time.Time)) {
	t.Helper()
	p, err := parser.New(parser.Config{}, catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	s = NewSamples()
	return s, func(source, text string, now time.Time) {
		var r parser.Result
		p.Parse(&r, []byte(text), len(text))
		s.Take(source, "/var/log/"+source, now, []byte(text), p, &r)
	}
}

// kinds renders samples as "source code-or-reason number: text".
func kinds(list []Sample) string {
	var lines []string
	for _, s := range list {
		what := s.Reason
		if s.Code != 0 {
			what = fmt.Sprintf("%s %d", s.DRM, s.Code)
		}
		lines = append(lines, fmt.Sprintf("%s %s %d: %s", s.Source, what, s.Number, s.Text))
	}
	return strings.Join(lines, "\n")
}

func all(*Sample) bool { return true }

func TestSamples(t *testing.T) {
	s, feed := sampler(t)
	feed("proxy", "nothing here\n", t0)
	same(t, "nothing", kinds(s.All(all)))
	feed("proxy", strings.Join([]string{
		`{"errorCode":4006,"message":"Token already played.","deviceId":"D-17"}`,
		`E/Player: java.io.IOException: refused`,
		`    at a.b.C(C.java:4025)`,
		`    extra=-1004 account=A-99`,
		`{"request":"POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":400,"remote_addr":"192.0.2.7","cookie":"s=1"}`,
	}, "\n")+"\n", t0)
	same(t, "one of each", kinds(s.All(func(x *Sample) bool { return x.File == "/var/log/proxy" && x.Taken.Equal(t0) })),
		`proxy licence-status 0: {"request":"POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":400,"remote_addr":"[ip]","cookie":"[id]"}`,
		"proxy negative -1004: E/Player: java.io.IOException: refused\n    at a.b.C(C.java:4025)\n    extra=-1004 account=[id]",
		`proxy widevine 4006 0: {"errorCode":4006,"message":"Token already played.","deviceId":"[id]"}`)

	// A few of each kind, the newest; no more in a second than are looked at.
	for i := range 100 {
		feed("player", fmt.Sprintf("{\"errorCode\":4025,\"retries\":\"%d\"}\n", i), t0.Add(time.Duration(i)*time.Second))
	}
	var texts []string
	for _, x := range s.All(func(x *Sample) bool { return x.Source == "player" }) {
		texts = append(texts, x.Text)
	}
	same(t, "the newest", strings.Join(texts, "\n"), `{"errorCode":4025,"retries":"92"}`, `{"errorCode":4025,"retries":"62"}`, `{"errorCode":4025,"retries":"32"}`)

	s.Keep([]string{"proxy"})
	if n := len(s.All(all)); n != 3 {
		t.Errorf("%d samples after player has gone, want 3", n)
	}
}

func TestSamplesAreBounded(t *testing.T) {
	s, feed := sampler(t)
	var b strings.Builder
	for code := 1000; code < 10000; code += 7 {
		fmt.Fprintf(&b, "{\"errorCode\":%d,\"pad\":\"%s\"}\n", code, strings.Repeat("é\x01 ", 700))
	}
	lines := strings.SplitAfter(b.String(), "\n")
	feed("burst", b.String()[:200<<10], t0)
	if n := len(s.All(all)); n != samplesPerSecond {
		t.Errorf("%d samples in one second, want %d", n, samplesPerSecond)
	}
	for i, line := range lines {
		feed("flood", line, t0.Add(time.Duration(i)*time.Second))
	}
	list := s.All(all)
	if len(list) != maxSampled {
		t.Errorf("%d kinds, want %d", len(list), maxSampled)
	}
	for _, x := range list {
		if len(x.Text) > maxSampleBytes || !utf8.ValidString(x.Text) || strings.ContainsRune(x.Text, 1) {
			t.Fatalf("%d bytes: %q", len(x.Text), x.Text)
		}
	}
	// What is cut is cut around the number.
	feed("long", `{"message":"`+strings.Repeat("word ", 1000)+`","errorCode":4015,"details":"`+strings.Repeat("word ", 1000)+"\"}\n", t0.Add(time.Hour))
	text := s.All(func(x *Sample) bool { return x.Source == "long" })[0].Text
	if !strings.Contains(text, "4015") || !strings.HasPrefix(text, "…") || !strings.HasSuffix(text, "…") {
		t.Errorf("cut: %q", text)
	}
}

// Where nothing is reported, and where a source has had its share, sampling
// allocates nothing.
func TestSamplingCostsLittle(t *testing.T) {
	p, err := parser.New(parser.Config{}, catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSamples()
	quiet, loud := []byte("GET / 200 4006\n"), []byte(strings.Repeat("{\"errorCode\":4006}\n", 100))
	var none, some parser.Result
	p.Parse(&none, quiet, len(quiet))
	s.Take("a", "f", t0, quiet, p, &none)
	if n := testing.AllocsPerRun(100, func() { s.Take("a", "f", t0, quiet, p, &none) }); n != 0 {
		t.Errorf("%v allocations for a block that reports nothing", n)
	}
	p.Parse(&some, loud, len(loud))
	s.Take("a", "f", t0, loud, p, &some)
	if n := testing.AllocsPerRun(100, func() { s.Take("a", "f", t0, loud, p, &some) }); n != 0 {
		t.Errorf("%v allocations for a kind of which there are enough", n)
	}
}

// FuzzSamples plants a secret somewhere in a record that is sampled, wherever
// the block cuts it and whatever is around it, and looks for it in the samples.
func FuzzSamples(f *testing.F) {
	f.Add(0, "", "", uint16(0))
	f.Add(1, `{"a":1`, `}`, uint16(20))
	f.Add(2, strings.Repeat("x ", 9000), "\n at x", uint16(9))
	f.Add(3, "", "", uint16(40))
	const secret = "S3cr3tS3cr3tS3cr3t"
	f.Fuzz(func(t *testing.T, shape int, before, after string, split uint16) {
		if strings.ContainsAny(before+after, "\n\r") && shape&3 == 3 || strings.Contains(before+after, "S3cr") {
			return
		}
		body := `{"errorCode":4006,"nv-authorizations":"` + secret + `","extra":-1004} token=` + secret + ` `
		record := map[int]string{0: before + " " + body + after, 1: body + before + after, 2: before + "\n" + body + "\n" + after, 3: before + " " + body + after}[shape&3]
		if shape&3 == 3 { // two pieces of a container's log
			at := int(split) % (len(record) + 1)
			head := "2026-11-23T08:26:39.123456789Z stdout "
			record = head + "P " + record[:at] + "\n" + head + "F " + record[at:]
		}
		s, feed := sampler(t)
		feed("proxy", record+"\n", t0)
		for _, x := range s.All(all) {
			if strings.Contains(x.Text, secret[:8]) {
				t.Fatalf("%q\nshows in %q", record, x.Text)
			}
		}
	})
}
