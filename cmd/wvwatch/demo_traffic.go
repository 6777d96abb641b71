package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// traffic writes the logs of a small video service: an access log of the licence
// proxy in JSON, with the server's body in it, and the log of an Android player.
type traffic struct {
	dir    string
	proxy  *os.File
	player *os.File
	random *rand.Rand
}

// The demo's course, from its start.
const (
	outageBegins = 10 * time.Second
	outageEnds   = 30 * time.Second
	rotationAt   = 20 * time.Second
	waveBegins   = 50 * time.Second
	waveEnds     = 75 * time.Second
	demoStep     = 50 * time.Millisecond // one request a step
)

func newTraffic(dir string) (*traffic, error) {
	t := &traffic{dir: dir, random: rand.New(rand.NewPCG(4025, 6007))}
	for _, d := range []string{"proxy", "player"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	return t, t.open()
}

func (t *traffic) open() (err error) {
	const flags = os.O_CREATE | os.O_APPEND | os.O_WRONLY
	if t.proxy, err = os.OpenFile(filepath.Join(t.dir, "proxy", "access.log"), flags, 0o600); err != nil {
		return err
	}
	if t.player == nil {
		t.player, err = os.OpenFile(filepath.Join(t.dir, "player", "player.log"), flags, 0o600)
	}
	return err
}

func (t *traffic) run(ctx context.Context) error {
	tick := time.NewTicker(demoStep)
	defer tick.Stop()
	start, rotated := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return cmp.Or(t.proxy.Close(), t.player.Close())
		case now := <-tick.C:
			age := now.Sub(start)
			if age > rotationAt && !rotated {
				rotated = true
				if err := t.rotate(); err != nil {
					return err
				}
			}
			if err := t.request(now, age); err != nil {
				return err
			}
		}
	}
}

// rotate does what logrotate does: rename, and begin a new file.
func (t *traffic) rotate() error {
	name := t.proxy.Name()
	if err := os.Rename(name, name+".1"); err != nil {
		return err
	}
	if err := t.proxy.Close(); err != nil {
		return err
	}
	return t.open()
}

// request writes what one licence request leaves in the logs.
func (t *traffic) request(now time.Time, age time.Duration) error {
	outage := age > outageBegins && age < outageEnds && t.random.IntN(3) == 0
	wave := age > waveBegins && age < waveEnds && t.random.IntN(3) == 0
	switch {
	case outage:
		return t.refuse(now, 500, 6007, "Key manager service is not reachable.")
	case wave:
		return t.refuse(now, 400, 4025, "The subscribed product has expired.")
	case t.random.IntN(20) == 0:
		c := usualRefusals[t.random.IntN(len(usualRefusals))]
		return t.refuse(now, 400, c.code, c.text)
	}
	return t.access(now, 200, `{\"status\":\"OK\",\"errorCode\":0}`)
}

var usualRefusals = []struct {
	code int
	text string
}{
	{4006, "Token already played."}, {4006, "Token already played."}, {4025, "The subscribed product has expired."},
	{4008, "The device security level is insufficient."}, {4015, "Device, account or content selection cannot be authorised."},
}

func (t *traffic) refuse(now time.Time, status, code int, text string) error {
	id := t.id()
	body := fmt.Sprintf(`{\"errorCode\":%d,\"message\":\"%s\"}`, code, text)
	if err := t.access(now, status, body, id); err != nil {
		return err
	}
	if t.random.IntN(2) == 0 { // the viewer's app reports it too
		_, err := fmt.Fprintf(t.player, `{"ts":%d,"code":5020,"cid":"%s","nativeError":{"platform":"Android","details":{"what":-1320,"extra":%d,"message":"%s"}}}`+"\n",
			now.UnixMilli(), id, code, text)
		return err
	}
	return nil
}

func (t *traffic) access(now time.Time, status int, body string, id ...string) error {
	if len(id) == 0 {
		id = []string{t.id()}
	}
	_, err := fmt.Fprintf(t.proxy, `{"@timestamp":"%s","remote_addr":"192.0.2.%d","request":"POST /DEMO/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":%d,"body_bytes_sent":%d,"request_time":%.3f,"upstream_addr":"127.0.0.1:6001","http_x_correlation_id":"%s","resp_body":"%s"}`+"\n",
		now.Format(time.RFC3339Nano), 1+t.random.IntN(250), status, 55+t.random.IntN(4000), 0.002+t.random.Float64()/20, id[0], body)
	return err
}

func (t *traffic) id() string {
	return fmt.Sprintf("%08x-4006-4025-8007-%012x", t.random.Uint32(), t.random.Uint64()>>16)
}
