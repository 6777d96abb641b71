package main

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"

	"wvwatch/internal/alert/detect"
)

const (
	failingRule = "KeyManagerSpike" // the rule that the outage is about
	failingPage = "KeyManagerFailing"
	failingCode = 6007
	// normalShare is the part of the plays that fail so without an outage.
	normalShare = 1.0 / 10_000
)

// daemon is a synthetic one: it has the series of a real daemon with the default
// rules, and the real detector of the rule that the outage is about. Plays come
// at an even pace, each of a client of its own. Counters of rules grow as those of
// a real daemon do, by whole steps once the watermark has passed them.
type daemon struct {
	number int
	pace   time.Duration
	static []byte // series that do not change here

	mu       sync.Mutex
	detector detect.Detector
	began    time.Time // of the first play
	outage   time.Time // from here on all plays fail; zero for never
	step     int64     // the last one that was judged
	expected float64   // clients that would have failed by what was learnt
	alone    time.Time // when the daemon's own alert began; zero for never
}

// newDaemon returns a daemon that has learnt for a day.
func newDaemon(number int, pace time.Duration, static []byte, now time.Time) *daemon {
	d := &daemon{
		number: number, pace: pace, static: static,
		// No two daemons play at the same instant.
		began:    now.Add(-24*time.Hour - time.Duration(number)*pace/7%pace),
		detector: detect.New(detect.Settings{Fault: true}),
	}
	d.step = stepOf(d.began)
	d.advance(now)
	d.expected, d.alone = 0, time.Time{}
	return d
}

func stepOf(t time.Time) int64     { return t.Unix() / detect.StepSeconds }
func startOf(step int64) time.Time { return time.Unix(step*detect.StepSeconds, 0) }

// plays returns how many plays there were until t.
func (d *daemon) plays(t time.Time) int64 {
	if t.Before(d.began) {
		return 0
	}
	return int64(t.Sub(d.began) / d.pace)
}

// failed returns how many of them failed. Of the normal ones every daemon has its
// own, so that not all of them fail at once.
func (d *daemon) failed(t time.Time) int64 {
	n := d.plays(t)
	normal := func(n int64) int64 { return (n + int64(d.number)*7919%(1/normalShare)) / (1 / normalShare) }
	if d.outage.IsZero() || t.Before(d.outage) {
		return normal(n)
	}
	before := d.plays(d.outage)
	return normal(before) + n - before
}

// advance judges the steps that are complete: those that ended ten seconds ago.
func (d *daemon) advance(now time.Time) {
	for last := stepOf(now) - 2; d.step < last; d.step++ {
		from, to := startOf(d.step+1), startOf(d.step+2)
		s := detect.Step{
			At: d.step + 1, X: float64(d.failed(to) - d.failed(from)), Plays: float64(d.plays(to) - d.plays(from)), Identity: detect.ByClient,
		}
		s.X1 = s.X
		for n := d.failed(from); n < d.failed(to); n++ {
			s.Clients = append(s.Clients, uint64(n+1)*0x9e3779b97f4a7c15)
		}
		d.detector.Step(s)
		_, learnt := d.detector.Normal()
		d.expected += learnt
		if d.alone.IsZero() && d.detector.Alarm().Level != detect.None {
			d.alone = startOf(d.step + 3) // the watermark trails by ten seconds
		}
	}
}

// ServeHTTP serves the series, as /metrics of a daemon does.
func (d *daemon) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	now := time.Now()
	d.advance(now)
	judged := startOf(d.step + 1) // what the rules have seen
	var b bytes.Buffer
	b.Write(d.static)
	plays, failed := d.plays(now), d.failed(now)
	fmt.Fprintf(&b, "drm_licence_requests_total{drm=\"widevine\",outcome=\"granted\",source=\"proxy\"} %d\n", plays-failed)
	fmt.Fprintf(&b, "drm_licence_requests_total{drm=\"widevine\",outcome=\"refused\",source=\"proxy\"} %d\n", failed)
	for _, series := range []string{"drm_extras_total", "drm_incidents_total"} {
		fmt.Fprintf(&b, "%s{category=\"key-manager\",code=\"%d\",drm=\"widevine\",severity=\"critical\",source=\"proxy\"} %d\n", series, failingCode, failed)
	}
	for _, rule := range []string{failingRule, failingPage} {
		fmt.Fprintf(&b, "drm_rule_affected_clients_total{alert=%[1]q} %[2]d\ndrm_rule_plays_total{alert=%[1]q} %[3]d\ndrm_rule_expected_clients_total{alert=%[1]q} %[4]g\n"+
			"drm_rule_dispersion{alert=%[1]q} %[5]g\ndrm_rule_known_clients{alert=%[1]q} %[6]g\ndrm_spike_evidence{alert=%[1]q} %[7]g\n",
			rule, d.failed(judged), d.plays(judged), d.expected, d.detector.Dispersion(), d.detector.Known(), d.detector.Evidence())
	}
	fmt.Fprintf(&b, "wvwatch_lines_total{source=\"proxy\"} %d\nwvwatch_records_total{source=\"proxy\"} %[1]d\nwvwatch_last_read_timestamp_seconds{source=\"proxy\"} %d\n", plays, now.Unix())
	d.mu.Unlock()
	_, _ = w.Write(b.Bytes()) // a scraper that is gone
}

// fail lets all plays fail from now on.
func (d *daemon) fail(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outage = now
}

// firesAlone returns when the daemon's own alert begins if all goes on until then
// as it does; zero for never. No step can be served after it.
func (d *daemon) firesAlone(until time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.advance(until)
	return d.alone
}
