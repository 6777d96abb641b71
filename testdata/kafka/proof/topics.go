package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// createTopic waits for the broker and creates the topic, with four partitions.
func (p *proof) createTopic() error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	for {
		_, err := kadm.NewClient(p.traffic.client).CreateTopic(ctx, 4, 1, nil, topic)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// due produces records of a code that nothing else produces, and notes what they count.
func (p *proof) due() error {
	const n = 20
	for i := range n {
		r := &kgo.Record{Value: fmt.Appendf(nil, `{"level":"error","msg":"licence denied","host":"proxy-%d","errorCode":6007}`, i)}
		if err := p.traffic.client.ProduceSync(context.Background(), r).FirstErr(); err != nil {
			return err
		}
	}
	file := filepath.Join(p.dir, "due.log")
	one := corpus{lines: []string{`{"level":"error","msg":"licence denied","host":"proxy-1","errorCode":6007}`}}
	if err := one.write(file, n); err != nil {
		return err
	}
	out, err := output(p.binary, "analyze", "--format", "prometheus", "--config", filepath.Join(p.dir, "analyze.yaml"), "--source", source, file)
	for s, v := range counters(out) {
		if v > 0 {
			p.hook.extra[s] += v
		}
	}
	return err
}

// catchUp lets one daemon count what is in the topic, and analyze the same bytes.
func (p *proof) catchUp() error {
	n := p.rounds
	for range n {
		p.traffic.round()
	}
	if err := p.traffic.client.Flush(context.Background()); err != nil {
		return err
	}
	if err := p.group.start(0); err != nil {
		return err
	}
	begin := time.Now()
	if _, err := p.group.leader(5 * time.Minute); err != nil {
		return err
	}
	took, m := time.Since(begin), p.group.slots[0]
	daemon, peak := m.cpu(), m.memory("VmHWM")
	m.end()
	p.group.slots[0] = nil

	file := filepath.Join(p.dir, "all.log")
	if err := p.traffic.corpus.write(file, n); err != nil {
		return err
	}
	used, err := cpuOf(p.binary, "analyze", "--config", filepath.Join(p.dir, "analyze.yaml"), "--source", source, file)
	if err != nil {
		return err
	}
	million := float64(n*len(p.traffic.corpus.lines)) / 1e6
	p.row(fmt.Sprintf("catching up with %.1f million records of %d bytes, zstd", million, p.traffic.corpus.bytes/len(p.traffic.corpus.lines)),
		"%.2f CPU-s per million (analyze of the same bytes: %.2f, so %.1f times), %.1f s, peak %.0f MiB resident",
		daemon.Seconds()/million, used.Seconds()/million, daemon.Seconds()/used.Seconds(), took.Seconds(), peak)
	return nil
}
