package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// proof is one run.
type proof struct {
	options
	dir        string
	brokerPort int
	server     *process
	group      *group
	prom       *prometheus
	traffic    *traffic
	hook       *webhook
	began      time.Time
}

func (p *proof) row(what, format string, args ...any) {
	fmt.Printf("| %s | %s |\n", what, fmt.Sprintf(format, args...))
}

// config is that of a member that listens on the port %d.
const memberConfig = `
sources:
  - {name: %s, kafka: {brokers: ["127.0.0.1:%d"], topics: [%s], group: %s, start: beginning}}
state: {kafka: true}
alerts:
  - {name: Denied, match: {codes: [4025]}, when: {per_minute: 1, over: 1m}}
  - {name: Due, match: {codes: [6007]}, when: {per_minute: 1, over: 1m}}
notify: {webhook: {urls: ["%s"]}}
web: {listen: ["127.0.0.1:%%d"]}
`

func (p *proof) startBroker() (err error) {
	p.server, err = begin(filepath.Join(p.dir, "broker.log"), nil, p.broker, "run", p.jars, filepath.Join(p.dir, "broker"), fmt.Sprint(p.brokerPort))
	return err
}

func (p *proof) setUp() error {
	port, err := freePorts(8)
	if err != nil {
		return err
	}
	p.began, p.brokerPort = time.Now(), port
	if err := p.startBroker(); err != nil {
		return err
	}
	if p.hook, err = listen(); err != nil {
		return err
	}
	p.group = &group{binary: p.binary, dir: p.dir, ports: port + 3, slots: make([]*member, 4)}
	p.group.config = fmt.Sprintf(memberConfig, source, port, topic, group1, p.hook.url)
	c := newCorpus()
	file := filepath.Join(p.dir, "analyze.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, p.group.config, 1), 0o600); err != nil {
		return err
	}
	if err := c.measureTruth(p.binary, p.dir, file); err != nil {
		return err
	}
	if p.traffic, err = newTraffic(c, fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		return err
	}
	if err := p.createTopic(); err != nil {
		return err
	}
	if p.prom, err = startPrometheus(p.dir, port+2, p.group); err != nil {
		return err
	}
	fmt.Printf("| what | figure |\n|---|---|\n")
	return nil
}

func (p *proof) run() error {
	if err := p.setUp(); err != nil {
		return err
	}
	if p.rounds > 0 {
		if err := p.catchUp(); err != nil {
			return err
		}
	}
	if err := p.group.start(0); err != nil {
		return err
	}
	if _, err := p.group.leader(time.Minute); err != nil {
		return err
	}
	if err := p.group.start(1); err != nil {
		return err
	}
	if err := p.group.standby(1, time.Minute); err != nil {
		return err
	}
	for _, story := range []func() error{p.steady, p.kill, p.rebalance, p.restartBroker, p.stopLeader} {
		if err := story(); err != nil {
			return err
		}
	}
	return p.compare()
}

func (p *proof) end() {
	if p.group != nil {
		p.group.end()
	}
	if p.prom != nil {
		p.prom.end()
	}
	if p.server != nil {
		p.server.end()
	}
}

// compare waits until everything is counted, and compares.
func (p *proof) compare() error {
	slot, err := p.group.leader(2 * time.Minute)
	if err != nil {
		return err
	}
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		if text, ok := p.group.slots[slot].scrape(); ok && strings.Contains(text, `wvwatch_kafka_lag_records{source="`+source+`"} 0`) {
			break
		}
	}
	time.Sleep(5 * time.Second)
	wrong, series, resets, err := p.prom.compare(&p.traffic.corpus, p.traffic.rounds.Load(), p.hook.extra)
	if err != nil {
		return err
	}
	failed := ""
	if err := p.traffic.error.Load(); err != nil {
		failed = fmt.Sprintf(" (%v)", *err)
	}
	p.row("records produced", "%d, of which %d did not reach the broker%s", p.traffic.sent, p.traffic.failed.Load(), failed)
	p.row("series whose last value in Prometheus is the truth", "%d of %d", series-len(wrong), series)
	p.row("resets() in Prometheus", "%.0f", resets)
	p.row("time", "%s", time.Since(p.began).Round(time.Second))
	for _, w := range wrong[:min(len(wrong), 10)] {
		fmt.Fprintln(os.Stderr, w)
	}
	if len(wrong) > 0 || resets > 0 || series == 0 {
		return errors.New("counts differ from the truth")
	}
	return nil
}
