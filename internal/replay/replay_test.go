package replay

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
)

// oldLog writes access logs of long ago.
type oldLog struct {
	strings.Builder
	n int
}

func longAgo() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }

// request adds a request at an offset; code 0 is a granted one.
func (l *oldLog) request(at time.Duration, code int) {
	status, body := 200, "-"
	if code != 0 {
		status, body = 400, fmt.Sprintf(`{\"errorCode\":%d}`, code)
	}
	l.n++
	fmt.Fprintf(l, `{"@timestamp":"%s","request":"POST /T1/wvls/v1/licenses HTTP/1.1","status":%d,"correlation_id":"c%d","resp_body":"%s"}`+"\n",
		longAgo().Add(at).Format(time.RFC3339Nano), status, l.n, body)
}

func (l *oldLog) every(from, to, every time.Duration, code int) {
	for at := from; at < to; at += every {
		l.request(at, code)
	}
}

func (l *oldLog) file(t *testing.T, name string) string {
	t.Helper()
	return write(t, t.TempDir(), name, l.String())
}

// replayed replays the files as the command without a configuration does.
func replayed(t testing.TB, files ...string) *Report {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Config: config.Default(), Catalogue: cat, Source: config.FilesSource, Progress: t.Output()}
	r, err := Run(t.Context(), o, files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// began returns the rules that began to fire, in order.
func (r *Report) began() []string {
	var rules []string
	for _, c := range r.Transitions {
		if c.To == alert.Firing {
			rules = append(rules, c.Rule)
		}
	}
	return rules
}

// A day and a half of logs with three incidents, in three files of which one is
// compressed and which are named in the wrong order, raises those three.
func TestReplayFindsThePastIncidents(t *testing.T) {
	var files []string
	rng := rand.New(rand.NewPCG(7, 7))
	for part := range 3 {
		var l oldLog
		from := time.Duration(part) * 12 * time.Hour
		for at := from; at < from+12*time.Hour; at += 2 * time.Second {
			switch {
			case rng.IntN(250) == 0:
				l.request(at, 4025)
			case rng.IntN(500) == 0:
				l.request(at, 4006)
			default:
				l.request(at, 0)
			}
		}
		switch part {
		case 0:
			l.every(10*time.Hour, 10*time.Hour+5*time.Minute, time.Second, 6007)
		case 1:
			l.every(20*time.Hour, 20*time.Hour+20*time.Minute, 2*time.Second, 4025)
		case 2:
			l.every(30*time.Hour, 30*time.Hour+20*time.Minute, 6*time.Second, 2001)
		}
		files = append(files, l.file(t, fmt.Sprintf("%d.log", part)))
	}
	files[1] = compressed(t, files[1])
	slices.Reverse(files)
	r := replayed(t, files...)
	if want := []string{"KeyManagerFailing", "KeyManagerSpike", "EntitlementRefusalsSpike", "ChallengeSpike"}; !slices.Equal(r.began(), want) {
		t.Errorf("fired %q, want %q", r.began(), want)
	}
	if want := 36 * time.Hour; r.To.Sub(r.From) != want || r.Files != 3 {
		t.Errorf("%d files from %s to %s, want %s", r.Files, r.From, r.To, want)
	}
	if len(r.Days) != 2 || r.Days[0].Alerts != 3 || r.Days[1].Alerts != 1 || r.PerDay != 8./3 {
		t.Errorf("days %+v, %v per day", r.Days, r.PerDay)
	}
}

func compressed(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return write(t, t.TempDir(), filepath.Base(file)+".zst", string(z.EncodeAll(data, nil)))
}

// A source is silent when it logs nothing, not when it logs other things.
func TestReplayHearsWhatItDoesNotRecognise(t *testing.T) {
	var silent, busy oldLog
	for _, l := range []*oldLog{&silent, &busy} {
		l.every(0, 10*time.Minute, 10*time.Second, 4025)
		if l == &busy {
			l.WriteString(strings.Repeat("2026-06-01T00:20:00Z INFO played on\n", 300))
		}
		l.every(60*time.Minute, 70*time.Minute, time.Minute, 4025)
	}
	if got := replayed(t, silent.file(t, "silent.log")).began(); !slices.Equal(got, []string{"SourceSilent"}) {
		t.Errorf("fifty minutes without a line: fired %q", got)
	}
	if got := replayed(t, busy.file(t, "busy.log")).began(); len(got) > 0 {
		t.Errorf("fifty minutes of other lines: fired %q", got)
	}
}

// A fleet of Shaka players whose licences fail reports 6007 and 1001 of its own all the time,
// as console lines and in the events of telemetry libraries. Without a refusal of a licence
// server in it such a log fires nothing; the same with the server's answer in each event does.
func TestReplayOfPlayersAlone(t *testing.T) {
	forms := []string{
		`{"time":"%s","level":"error","message":"Shaka Error 6007","error":{"severity":2,"category":6,"code":6007,"data":[{"severity":2,"category":1,"code":1001,"data":["https://l.example/x",400,%s]}]}}`,
		`{"time":"%s","event":"Video Playback Error","properties":{"player":"shaka","errorCode":6007,"errorType":"drm","playhead":31,"response":%s}}`,
		`{"time":"%s","app":"tv","errorCode":6007,"errorMessage":"DRM.LICENSE_REQUEST_FAILED","response":%s}`,
		`%s shaka-player.compiled.js:12 Uncaught (in promise) Error code 6007 errorCode: 6007 extra data %s`,
	}
	began := func(answer string) []string {
		var l oldLog
		for i := range 40 * 60 {
			if i%20 == 0 {
				l.request(time.Duration(i)*time.Second, 0) // of other players
			}
			at := longAgo().Add(time.Duration(i) * time.Second)
			fmt.Fprintf(&l, forms[i%len(forms)]+"\n", at.Format(time.RFC3339Nano), answer)
		}
		return replayed(t, l.file(t, "players.log")).began()
	}
	if got := began(`"-"`); len(got) > 0 {
		t.Errorf("players alone: fired %q", got)
	}
	if got := began(`{"status":"UNGRANTED_REQUEST","code":400,"errorCode":6007,"message":"Invalid request"}`); !slices.Contains(got, "KeyManagerFailing") {
		t.Errorf("with the server's answers: fired %q", got)
	}
}

// One wrong time does not cost the steps of half a century.
func TestReplayJumpsOverGaps(t *testing.T) {
	var l oldLog
	l.request(-20*365*24*time.Hour, 4025)
	l.every(0, 10*time.Minute, time.Second, 6007)
	begin := time.Now()
	r := replayed(t, l.file(t, "a.log"))
	if got := r.began(); !slices.Contains(got, "KeyManagerFailing") {
		t.Errorf("fired %q", got)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

// What has no time takes that of the record before.
func TestReplayWithoutTimes(t *testing.T) {
	var l oldLog
	l.request(time.Minute, 4006)
	l.WriteString(strings.Repeat("onError what=-1320 extra=6007\n", 60))
	r := replayed(t, l.file(t, "a.log"))
	if r.Codes != 61 || r.Untimed != 0 || !slices.Contains(r.began(), "KeyManagerSpike") {
		t.Errorf("%d codes, %d left out, fired %q", r.Codes, r.Untimed, r.began())
	}
}

func BenchmarkReplayDay(b *testing.B) {
	var l oldLog
	l.every(0, 24*time.Hour, time.Second, 0)
	file := filepath.Join(b.TempDir(), "day.log")
	if err := os.WriteFile(file, []byte(l.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(l.Len()))
	for b.Loop() {
		replayed(b, file)
	}
}
