package demo

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// What the demo writes is read as what it means: each source writes codes in its
// own way, the web player's own numbers do not count, and the evening is busier
// than the night.
func TestDemoTraffic(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	var posted bytes.Buffer
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&posted, r.Body) // one at a time
	}))
	defer receiver.Close()
	traffic, err := newTraffic(dir, receiver.URL, now)
	if err != nil {
		t.Fatal(err)
	}
	for range 40 { // an outage, for the licence server's own log
		if err := traffic.request(traffic.now, now, outageBegins+time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := traffic.rotate(); err != nil {
		t.Fatal(err)
	}
	for _, f := range traffic.logs {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(dir, "proxy/access.log.1"), filepath.Join(dir, "proxy/access.log")); err != nil {
		t.Fatal(err)
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := parser.New(parser.Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	var r parser.Result
	if p.Parse(&r, posted.Bytes(), posted.Len()); len(r.Events) == 0 || len(r.Events) != r.Lines {
		t.Errorf("televisions posted %d lines with %d codes: %s", r.Lines, len(r.Events), posted.Bytes())
	}
	for _, s := range sources {
		text, err := os.ReadFile(filepath.Join(dir, s.file))
		if err != nil {
			t.Fatal(err)
		}
		p, err := parser.New(parser.Config{}, cat)
		if err != nil {
			t.Fatal(err)
		}
		p.SetReference(now)
		var r parser.Result
		p.Parse(&r, text, len(text))
		t.Logf("%s: %.1f MB, %d lines, %d records, %d codes, %d requests, %d refused numbers", s.name, float64(len(text))/1e6, r.Lines, r.Records, len(r.Events), len(r.Requests), len(r.Refusals))
		day, evening, night := 0, 0, 0
		for _, e := range r.Events {
			ago := now.Sub(time.Unix(0, e.Time))
			if e.Time == 0 || ago < -time.Second || ago > 25*time.Hour {
				t.Fatalf("%s: a code at %d", s.name, e.Time)
			}
			day++
			if ago < 2*time.Hour {
				evening++
			} else if ago > 11*time.Hour && ago < 13*time.Hour {
				night++
			}
		}
		if s.name == "licence-server" {
			if day < 10 || r.Records != r.Lines/3 {
				t.Errorf("licence-server: %d codes in %d records of %d lines", day, r.Records, r.Lines)
			}
		} else if day < 1000 || evening < 4*night {
			t.Errorf("%s: %d codes, %d in the evening, %d at night", s.name, day, evening, night)
		}
		// Where the player's number is the server's code as well, it is counted and not refused.
		if s.name == "player-web" && (r.Vetoed[parser.PlayerObject] > r.Records || r.Vetoed[parser.PlayerObject] < r.Records*99/100) {
			t.Errorf("player-web: %d of %d records had their own number refused", r.Vetoed[parser.PlayerObject], r.Records)
		}
		if s.name == "sessions" && r.Events[0].DRM != codes.SSM {
			t.Errorf("sessions: %s", r.Events[0].DRM)
		}
	}
}
