package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// weekLog is the log of a licence proxy in the week before now: more in the
// evening than at night, viewers who try again, the refusals of every day, and
// three incidents of different kinds. It is the same for the same seed, whenever
// that is: it begins with a block of the spike detector, up to five minutes
// earlier than a week ago.
type weekLog struct {
	begin  time.Time
	lasts  time.Duration
	random *rand.Rand
	lines  []weekLine
	counts map[seriesKey]int
}

type weekLine struct {
	at   time.Time
	text string
}

// weekIncident is a time in which some of the licences are refused.
type weekIncident struct {
	name     string
	from, to time.Duration // since the week began
	status   int
	codes    []int
	part     float64  // of the requests
	rules    []string // that fire, sorted
}

const (
	week      = 7 * 24 * time.Hour
	weekPace  = 5 * time.Second // between two requests, by the mean of a day
	weekStamp = "2006-01-02T15:04:05.000Z07:00"
)

// weekIncidents are the incidents that a replay has to find, and no others.
func weekIncidents() []weekIncident {
	day := 24 * time.Hour
	return []weekIncident{
		{"the key manager is away", 1*day + 19*time.Hour, day + 19*time.Hour + 10*time.Minute, 500, []int{6007}, 0.9, []string{"KeyManagerFailing", "KeyManagerSpike"}},
		{"the subscriber system says that subscriptions have ended", 3*day + 20*time.Hour, 3*day + 21*time.Hour, 400, []int{4025, 4020, 4025}, 0.3, []string{"AccountSpike", "EntitlementRefusalsSpike"}},
		{"some requests to the key manager fail, for hours", 5*day + 15*time.Hour, 5*day + 19*time.Hour, 500, []int{6008, 6005}, 0.06, []string{"KeyManagerFailing", "KeyManagerSpike"}},
	}
}

// weekRefusals are those of every day, and how many of the requests end so.
var weekRefusals = []struct {
	code int
	part float64
}{{4025, 0.012}, {4006, 0.008}, {4021, 0.004}, {4015, 0.003}, {4008, 0.002}, {2001, 0.001}, {1007, 0.0005}, {6007, 0.0001}}

func newWeekLog(seed uint64, now time.Time) *weekLog {
	w := &weekLog{begin: now.Truncate(5 * time.Minute).Add(-week), random: rand.New(rand.NewPCG(seed, 6)), counts: make(map[seriesKey]int)}
	w.lasts = now.Sub(w.begin)
	for at := time.Duration(0); at < w.lasts; at += w.pause(at) {
		w.viewer(at)
	}
	slices.SortStableFunc(w.lines, func(a, b weekLine) int { return a.at.Compare(b.at) })
	return w
}

// pause is until the next viewer: a tenth of them at night, almost twice the
// mean in the evening, some more on every day than on the one before.
func (w *weekLog) pause(at time.Duration) time.Duration {
	busy := (1 + 0.8*math.Cos(2*math.Pi*(at.Hours()-20)/24)) * (1 + 0.03*at.Hours()/24)
	return time.Duration(w.random.ExpFloat64() * float64(weekPace) / busy)
}

// viewer asks for a licence. Four in ten players that are refused try three times
// more, seconds apart, under the same correlation id; and one viewer in three
// presses play again within two minutes, under another one.
func (w *weekLog) viewer(at time.Duration) {
	code, status := w.outcome(at)
	address := 1 + w.random.IntN(250)
	w.play(at, code, status, address)
	for code != 0 && w.random.IntN(3) == 0 {
		at += time.Duration(20+w.random.IntN(100)) * time.Second
		w.play(at, code, status, address)
	}
}

func (w *weekLog) play(at time.Duration, code, status, address int) {
	id := w.random.Uint64()
	w.request(at, code, status, address, id)
	if code == 0 || w.random.IntN(5) < 3 {
		return
	}
	for range 3 {
		at += time.Duration(1+w.random.IntN(5)) * time.Second
		w.request(at, code, status, address, id)
	}
}

func (w *weekLog) outcome(at time.Duration) (code, status int) {
	for _, i := range weekIncidents() {
		if at >= i.from && at < i.to && w.random.Float64() < i.part {
			return i.codes[w.random.IntN(len(i.codes))], i.status
		}
	}
	p := w.random.Float64()
	for _, r := range weekRefusals {
		if p -= r.part; p < 0 {
			return r.code, 400
		}
	}
	return 0, 200
}

func (w *weekLog) request(at time.Duration, code, status, address int, id uint64) {
	if at >= w.lasts {
		return
	}
	when := w.begin.Add(at)
	body := fmt.Sprintf(`{"status":"OK","errorCode":%d}`, code)
	if code != 0 {
		body = fmt.Sprintf(`{"errorCode":%d,"message":"refused"}`, code)
		w.counts[seriesKey{"proxy", "widevine", strconv.Itoa(code)}]++
	}
	w.lines = append(w.lines, weekLine{when, fmt.Sprintf(
		`{"@timestamp":"%s","remote_addr":"192.0.2.%d","request":"POST /acme/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":%d,"request_time":%.3f,"http_x_correlation_id":"%016x","resp_body":%q}`+"\n",
		when.Format(weekStamp), address, status, 0.002+w.random.Float64()/20, id, body)})
}

// write lays the week down as a rotation at midnight leaves it, the older days
// compressed, and returns the files.
func (w *weekLog) write(t *testing.T, dir string) []string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var files []string
	for day := range 7 {
		var text bytes.Buffer
		from, to := w.begin.Add(time.Duration(6-day)*24*time.Hour), w.begin.Add(time.Duration(7-day)*24*time.Hour)
		if day == 0 {
			to = w.begin.Add(w.lasts)
		}
		for _, l := range w.lines {
			if !l.at.Before(from) && l.at.Before(to) {
				text.WriteString(l.text)
			}
		}
		name, data := "access.log", text.Bytes()
		switch {
		case day > 1 && day%2 == 0:
			name, data = fmt.Sprintf("access.log.%d.gz", day), gzipped(t, data)
		case day > 1:
			name, data = fmt.Sprintf("access.log.%d.zst", day), z.EncodeAll(data, nil)
		case day == 1:
			name = "access.log.1"
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, to, to); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
