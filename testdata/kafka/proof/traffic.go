package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	source = "bus"
	topic  = "licence-proxy-logs"
	group1 = "proof"
)

// corpus is one round of traffic: what it counts to is known.
type corpus struct {
	lines []string
	bytes int
	truth map[string]float64 // counter to what one round adds to it
}

// newCorpus writes lines of an access log and of a proxy, of some 313 bytes each. They
// carry no correlation ids: an incident that begins before a takeover and goes on after
// it counts twice.
func newCorpus() corpus {
	var c corpus
	pad := strings.Repeat("0123456789abcdef", 8)
	add := func(n int, line string) {
		for i := range n {
			c.lines = append(c.lines, fmt.Sprintf(line, i%10))
		}
	}
	add(850, `10.0.0.%d - - [01/Dec/2026:00:00:00 +0000] "POST /wvls/t1/licenses HTTP/1.1" 200 4096 "-" "player/4.2 (`+pad+pad[:30]+`)" rt=0.031`)
	add(60, `10.0.0.%d - - [01/Dec/2026:00:00:00 +0000] "POST /wvls/t1/licenses HTTP/1.1" 403 96 "-" "player/4.2 (`+pad+pad[:30]+`)" rt=0.012`)
	add(10, `10.0.0.%d - - [01/Dec/2026:00:00:00 +0000] "POST /wvls/t1/licenses HTTP/1.1" 502 96 "-" "player/4.2 (`+pad+pad[:30]+`)" rt=5.001`)
	add(40, `{"level":"error","msg":"licence denied","host":"proxy-%d","errorCode":4025,"note":"`+pad+`"}`)
	add(20, `{"level":"error","msg":"licence denied","host":"proxy-%d","errorCode":4006,"note":"`+pad+`"}`)
	add(5, `{"level":"error","msg":"licence denied","host":"proxy-%d","drm":"playready","errorCode":4020,"note":"`+pad+`"}`)
	add(15, `{"level":"info","msg":"session %d opened","note":"`+pad+pad+`"}`)
	for _, l := range c.lines {
		c.bytes += len(l) + 1
	}
	return c
}

// write writes the corpus n times to a file.
func (c *corpus) write(file string, n int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for range n {
		for _, l := range c.lines {
			_, _ = w.WriteString(l)
			_ = w.WriteByte('\n')
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// counters returns the counters of a source in an exposition.
func counters(text string) map[string]float64 {
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ := strings.Cut(series, "{")
		if !ok || !strings.HasPrefix(name, "drm_") && name != "wvwatch_lines_total" && name != "wvwatch_records_total" {
			continue
		}
		if !strings.HasSuffix(name, "_total") || !strings.Contains(series, `source="`+source+`"`) {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			all[series] = v
		}
	}
	return all
}

// traffic produces rounds of the corpus.
type traffic struct {
	corpus corpus
	client *kgo.Client
	rounds atomic.Int64 // that the brokers have
	failed atomic.Int64 // records that the brokers have not
	error  atomic.Pointer[error]
	sent   int64
}

func newTraffic(c corpus, broker string) (*traffic, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.DefaultProduceTopic(topic),
		kgo.ProducerLinger(20*time.Millisecond), kgo.MaxBufferedRecords(200_000), kgo.RecordPartitioner(kgo.StickyPartitioner()))
	return &traffic{corpus: c, client: client}, err
}

// round produces the corpus once.
func (t *traffic) round() {
	left, bad := new(atomic.Int64), new(atomic.Int64)
	left.Store(int64(len(t.corpus.lines)))
	now := time.Now()
	for _, l := range t.corpus.lines {
		t.sent++
		t.client.Produce(context.Background(), &kgo.Record{Value: []byte(l), Timestamp: now}, func(_ *kgo.Record, err error) {
			if err != nil {
				bad.Add(1)
				t.failed.Add(1)
				t.error.Store(&err)
			}
			if left.Add(-1) == 0 && bad.Load() == 0 {
				t.rounds.Add(1)
			}
		})
	}
}

// run produces so many records a second until ctx is done, and then waits for the last.
func (t *traffic) run(ctx context.Context, rate int) error {
	every := time.Duration(float64(time.Second) * float64(len(t.corpus.lines)) / float64(rate))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return t.client.Flush(context.Background())
		case <-tick.C:
			t.round()
		}
	}
}

// measureTruth asks analyze what one round counts to.
func (c *corpus) measureTruth(binary, dir, config string) error {
	file := filepath.Join(dir, "corpus.log")
	if err := c.write(file, 1); err != nil {
		return err
	}
	out, err := output(binary, "analyze", "--format", "prometheus", "--config", config, "--source", source, file)
	if err != nil {
		return err
	}
	c.truth = counters(out)
	if len(c.truth) < 50 {
		return fmt.Errorf("only %d counters in what analyze prints", len(c.truth))
	}
	return nil
}
