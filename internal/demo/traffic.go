package demo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// traffic writes the logs of a small video service, as five programs would: the
// licence proxy, the licence server after it, a web player, an Android player
// and the session manager. Televisions have no log: they post their errors, from the
// demo's start on. Its day has a busy evening and a quiet night; the demo
// begins in the evening, whatever the time is.
type traffic struct {
	dir    string
	logs   map[string]*os.File
	posted beacons
	random *rand.Rand
}

// The demo's course, from its start.
const (
	outageBegins = 10 * time.Second
	outageEnds   = 30 * time.Second
	rotationAt   = 20 * time.Second
	waveBegins   = 50 * time.Second
	waveEnds     = 75 * time.Second
	step         = 250 * time.Millisecond // one request a step in the evening
	past         = 24 * time.Hour         // that was written before
)

// sources are the sources and their files, as the configuration has them.
var sources = [...]struct{ name, file string }{
	{"proxy", "proxy/access.log"},
	{"licence-server", "server/pod.log"},
	{"player-web", "web/console.json"},
	{"player-android", "android/player.log"},
	{"sessions", "sessions/ssm.log"},
}

// television is the source that is pushed.
const television = "player-tv"

// beacons posts each line to an address. What does not arrive is lost, as an app's is.
type beacons struct {
	url    string
	client http.Client
}

// Write implements io.Writer.
func (b *beacons) Write(line []byte) (int, error) {
	if res, err := b.client.Post(b.url, "application/x-ndjson", bytes.NewReader(line)); err == nil {
		_, _ = io.Copy(io.Discard, res.Body) // so that the connection is used again
		_ = res.Body.Close()
	}
	return len(line), nil
}

// newTraffic opens the logs and writes the day before now into them. What is pushed goes
// to url.
func newTraffic(dir, url string, now time.Time) (*traffic, error) {
	t := &traffic{dir: dir, posted: beacons{url, http.Client{Timeout: time.Second}}, logs: make(map[string]*os.File), random: rand.New(rand.NewPCG(4025, 6007))}
	for _, s := range sources {
		if err := os.Mkdir(filepath.Dir(filepath.Join(dir, s.file)), 0o700); err != nil {
			return nil, err
		}
		if err := t.open(s.name, s.file); err != nil {
			return nil, err
		}
	}
	return t, t.past(now)
}

func (t *traffic) open(name, file string) (err error) {
	t.logs[name], err = os.OpenFile(filepath.Join(t.dir, file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// past writes the logs of the day before now.
func (t *traffic) past(now time.Time) error {
	buffers := make(map[string]*bufio.Writer)
	for name, f := range t.logs {
		buffers[name] = bufio.NewWriterSize(f, 1<<18)
	}
	to := func(name string) io.Writer {
		if name == television {
			return io.Discard
		}
		return buffers[name]
	}
	for at := now.Add(-past); at.Before(now); at = at.Add(step) {
		// From 10 % of the evening's requests at night to all of them now.
		if busy := 0.55 + 0.45*math.Cos(2*math.Pi*now.Sub(at).Hours()/24); t.random.Float64() < busy {
			if err := t.request(to, at, -1); err != nil {
				return err
			}
		}
	}
	var errs []error
	for _, b := range buffers {
		errs = append(errs, b.Flush())
	}
	return errors.Join(errs...)
}

func (t *traffic) run(ctx context.Context) error {
	tick := time.NewTicker(step)
	defer tick.Stop()
	start, rotated := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			var errs []error
			for _, f := range t.logs {
				errs = append(errs, f.Close())
			}
			return errors.Join(errs...)
		case now := <-tick.C:
			age := now.Sub(start)
			if age > rotationAt && !rotated {
				rotated = true
				if err := t.rotate(); err != nil {
					return err
				}
			}
			if err := t.request(t.now, now, age); err != nil {
				return err
			}
		}
	}
}

// now returns where the source's lines go while the demo runs.
func (t *traffic) now(name string) io.Writer {
	if name == television {
		return &t.posted
	}
	return t.logs[name]
}

// rotate does what logrotate does with the proxy's log: rename, and begin a new
// file.
func (t *traffic) rotate() error {
	f := t.logs["proxy"]
	if err := os.Rename(f.Name(), f.Name()+".1"); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return t.open("proxy", sources[0].file)
}

// request writes the log lines of one licence request. age is that of the demo, below
// 0 for the time before it.
func (t *traffic) request(to func(string) io.Writer, now time.Time, age time.Duration) error {
	r := request{traffic: t, to: to, now: now, tenant: t.tenant(), id: fmt.Sprintf("%08x-4006-4025-8007-%012x", t.random.Uint32(), t.random.Uint64()>>16)}
	outage := age > outageBegins && age < outageEnds && t.random.IntN(3) > 0
	wave := age > waveBegins && age < waveEnds && r.tenant == waveTenant && t.random.IntN(10) > 0
	switch {
	case outage:
		r.refused(500, refusal{6007, "Key manager service is not reachable."})
	case wave:
		r.refused(400, refusal{4025, "The subscribed product has expired."})
	case t.random.IntN(16) == 0:
		r.refused(400, usualRefusals[t.random.IntN(len(usualRefusals))])
	case t.random.IntN(60) == 0:
		r.tooManySessions()
	default:
		r.proxy(200, `{\"status\":\"OK\",\"errorCode\":0}`)
	}
	return r.err
}

// waveTenant is the one with subscriptions that expire.
const waveTenant = "ALPINE"

// tenant draws one of three tenants, of different sizes.
func (t *traffic) tenant() string {
	switch n := t.random.IntN(10); {
	case n < 5:
		return "DEMO"
	case n < 9:
		return waveTenant
	}
	return "NORDSEE"
}

type refusal struct {
	code int
	text string
}

var usualRefusals = [...]refusal{
	{4006, "Token already played."}, {4006, "Token already played."}, {4025, "The subscribed product has expired."},
	{4025, "The subscribed product has expired."}, {4008, "The device security level is insufficient."}, {4021, "The product specified does not have an entitlement."},
	{4015, "Device, account or content selection cannot be authorised."}, {4101, "Device reregistration required."},
}

// request is one request under way through the service's programs.
type request struct {
	*traffic
	to     func(string) io.Writer
	now    time.Time
	tenant string
	id     string
	err    error
}

func (r *request) write(log, format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.to(log), format+"\n", args...)
	}
}

// refused is a request that the licence server refused: the proxy logs its body,
// the server itself its exceptions, and most of the viewers' apps report it too,
// each in its own way.
func (r *request) refused(status int, why refusal) {
	r.proxy(status, fmt.Sprintf(`{\"errorCode\":%d,\"message\":\"%s\"}`, why.code, why.text))
	if status == 500 {
		stamp := r.now.UTC().Format(time.RFC3339Nano)
		r.write("licence-server", "%s stderr F %s ERROR [http-6007] LicenceService - request failed {\"correlationId\":\"%s\",\"errorCode\":%d,\"message\":\"%s\"}",
			stamp, r.now.UTC().Format("2006-01-02 15:04:05,000Z"), r.id, why.code, why.text)
		r.write("licence-server", "%s stderr F java.net.ConnectException: Connection refused: kms/10.0.3.17:6001", stamp)
		r.write("licence-server", "%s stderr F \tat com.example.kms.Client.open(Client.java:4025)", stamp)
	}
	switch r.random.IntN(4) {
	case 0:
		// The web player's own number for any refused request is 6007; what counts
		// is the server's body in its data.
		r.write("player-web", `{"log":"[drm] Shaka Error {\"severity\":2,\"category\":6,\"code\":6007,\"errorCode\":6007,\"errorMessage\":\"LICENSE_REQUEST_FAILED\",\"correlationId\":\"%s\",\"data\":[\"https://drm.example/%s/wvls/contentlicenseservice/v1/licenses\",%d,\"{\\\"errorCode\\\":%d,\\\"message\\\":\\\"%s\\\"}\"]}\n","stream":"stderr","time":"%s"}`,
			r.id, r.tenant, status, why.code, why.text, r.now.UTC().Format(time.RFC3339Nano))
	case 1:
		r.write("player-android", `{"ts":%d,"code":5020,"cid":"%s","nativeError":{"platform":"Android","details":{"what":-1320,"extra":%d,"message":"%s"}},"deviceId":"DEV-%06d"}`,
			r.now.UnixMilli(), r.id, why.code, why.text, r.random.IntN(1e6))
	case 2:
		r.write(television, `{"time":"%s","app":"tv","event":"playback_error","correlationId":"%s","drm":{"status":%d,"body":"{\"errorCode\":%d,\"message\":\"%s\"}"}}`,
			r.now.UTC().Format(time.RFC3339Nano), r.id, status, why.code, why.text)
	}
}

// tooManySessions writes the session manager's line for one viewer too many.
func (r *request) tooManySessions() {
	r.write("sessions", "<131>%s stb-%d ssm[4006]: SSM Session- setup refused: USER_REACHED_MAXIMUM_SESSIONS_LIMIT Optional(1007)",
		r.now.Format(time.Stamp), r.random.IntN(50))
}

func (r *request) proxy(status int, body string) {
	r.write("proxy", `{"@timestamp":"%s","remote_addr":"198.18.%d.%d","request":"POST /%s/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":%d,"body_bytes_sent":%d,"request_time":%.3f,"upstream_addr":"127.0.0.1:6001","http_x_correlation_id":"%s","resp_body":"%s"}`,
		r.now.UTC().Format(time.RFC3339Nano), r.random.IntN(256), r.random.IntN(256), r.tenant, status, 55+r.random.IntN(4000), 0.002+r.random.Float64()/20, r.id, body)
}
