package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// pushedCodes are the codes of pushed lines in turn.
var pushedCodes = []int{4006, 4025, 6007}

// pushedLine is the n-th pushed line.
func pushedLine(n int64) string {
	code := pushedCodes[n%int64(len(pushedCodes))]
	return fmt.Sprintf(`{"time":"%s","n":%d,"response":{"errorCode":%d,"message":"m"},"pad":"%s"}`+"\n",
		time.Now().UTC().Format(time.RFC3339Nano), n, code, strings.Repeat("x", 180))
}

// pusher sends batches of lines by HTTP, each again until it is acknowledged. One
// answer in five is lost: the batch is sent again although it was stored.
type pusher struct {
	url          string
	next, stored atomic.Int64
	repeated     atomic.Int64
}

const pushedBatch = 100

func (p *pusher) run(ctx context.Context, random *rand.Rand) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		first := p.next.Add(pushedBatch) - pushedBatch
		var body bytes.Buffer
		for n := range int64(pushedBatch) {
			body.WriteString(pushedLine(first + n))
		}
		lost := random.IntN(5) == 0
		for !p.post(body.Bytes()) || lost {
			lost = false
			p.repeated.Add(1)
			time.Sleep(20 * time.Millisecond) // as a sender does
		}
		p.stored.Add(pushedBatch)
	}
}

// post reports whether the batch was acknowledged.
func (p *pusher) post(body []byte) bool {
	client := http.Client{Timeout: 5 * time.Second}
	res, err := client.Post(p.url, "application/x-ndjson", bytes.NewReader(body))
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusNoContent
}

// streamer sends lines by TCP, and connects again when the connection breaks. What it
// wrote on a broken connection may or may not have arrived.
type streamer struct {
	address     string
	sent        atomic.Int64
	last        atomic.Int64 // on the last connection, which no kill broke
	connections atomic.Int64
}

func (s *streamer) run(ctx context.Context) {
	n := int64(0)
	for ctx.Err() == nil {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			time.Sleep(20 * time.Millisecond) // as a sender does
			continue
		}
		s.connections.Add(1)
		s.last.Store(0)
		for err == nil && ctx.Err() == nil {
			var lines strings.Builder
			for range 100 {
				lines.WriteString("<134>" + time.Now().Format("Jan _2 15:04:05") + " lb proxy[1]: " + pushedLine(n*3))
				n++
			}
			s.sent.Add(100)
			if _, err = c.Write([]byte(lines.String())); err == nil {
				s.last.Add(100)
			}
			time.Sleep(10 * time.Millisecond) // 10,000 lines a second
		}
		_ = c.Close()
	}
}

// TestKillsPushed kills the daemon with SIGKILL at random moments while it receives
// 20,000 lines a second by HTTP and TCP, and asks a real Prometheus: each line that
// was acknowledged by HTTP counts once, also where its answer was lost; no line of TCP
// counts twice; no counter goes back.
func TestKillsPushed(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	daemon, push, stream := freePort(t), freePort(t), freePort(t)
	prom := scraper(t, dir, program, daemon)
	config := write(t, dir, "config.yaml", fmt.Sprintf(`
sources: [{name: edge, http: {listen: %q}}, {name: lb, syslog: {listen: ["tcp://%s"]}}]
state: {directory: %q, interval: 200ms}
web: {listen: [%q]}
`, push, stream, filepath.Join(dir, "state"), daemon))
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }
	p := run()
	waitReady(t, daemon)
	eventually(t, "first scrape", func() error {
		got, err := queryExtras(prom, `drm_extras_total{code="4006"}`)
		if err == nil && len(got) < 2 {
			err = fmt.Errorf("none yet")
		}
		return err
	})

	senders, cancel := context.WithCancel(context.Background())
	defer cancel()
	pushed, streamed := &pusher{url: "http://" + push + "/ingest"}, &streamer{address: stream}
	var work sync.WaitGroup
	for i := range 16 { // a batch of 100 in some 80 ms each, with its fsync
		work.Go(func() { pushed.run(senders, rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	work.Go(func() { streamed.run(senders) })
	broken := int64(0) // connections
	for range *kills {
		time.Sleep(time.Duration(300+rand.IntN(1500)) * time.Millisecond) // the random moment is the point
		stop(t, p, syscall.SIGKILL)
		broken = streamed.connections.Load()
		p = run()
	}
	waitReady(t, daemon)
	eventually(t, "a connection after the last kill", func() error {
		if streamed.connections.Load() == broken {
			return errors.New("none yet")
		}
		return nil
	})
	cancel()
	work.Wait()

	want := map[int]float64{}
	for n := range pushed.next.Load() {
		want[pushedCodes[n%3]]++
	}
	if pushed.next.Load() != pushed.stored.Load() {
		t.Fatalf("%d lines sent, %d acknowledged", pushed.next.Load(), pushed.stored.Load())
	}
	eventually(t, "every acknowledged line in Prometheus", func() error {
		got, err := queryBy(prom, "code", `drm_extras_total{source="edge"} > 0`)
		if err != nil {
			return err
		}
		for code, n := range want {
			if got[fmt.Sprint(code)] != n {
				return fmt.Errorf("%d: counted %v, acknowledged %v", code, got[fmt.Sprint(code)], n)
			}
		}
		return nil
	})
	sent, last, counted := float64(streamed.sent.Load()), float64(streamed.last.Load()), 0.0
	eventually(t, "what came on the last connection", func() error {
		got, err := queryBy(prom, "code", `drm_extras_total{source="lb"} > 0`)
		if counted = got["4006"]; err == nil && counted < last {
			err = fmt.Errorf("%v lines sent on the last connection, %v counted in all", last, counted)
		}
		return err
	})
	if counted > sent {
		t.Errorf("%v lines sent by TCP, %v counted", sent, counted)
	}
	resets, err := queryExtras(prom, "resets(drm_extras_total[10m]) > 0")
	if err != nil || len(resets) > 0 {
		t.Errorf("counters went back: %v %v", resets, err)
	}
	t.Logf("%d kills; HTTP: %d lines acknowledged, %d batches sent again, each counted once; TCP: %v lines sent on %d connections, %v counted",
		*kills, pushed.stored.Load(), pushed.repeated.Load(), sent, streamed.connections.Load(), counted)
}
