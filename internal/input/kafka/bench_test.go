package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"wvwatch/internal/tailer"
)

// counter is a sink that takes everything.
type counter struct{ bytes int }

func (c *counter) Parse(b tailer.Batch) int { c.bytes += len(b.Lines); return len(b.Lines) }
func (c *counter) Commit(tailer.Position)   {}
func (c *counter) Forget(tailer.ID)         {}

// BenchmarkReader reads records of 300 bytes, compressed by zstd; the cluster is in the
// same process.
func BenchmarkReader(b *testing.B) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "logs"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	cfg := Config{Brokers: c.ListenAddrs(), Topics: []string{"logs"}, Group: "g", Start: "beginning"}
	log := slog.New(slog.DiscardHandler)
	producer, err := cfg.Client(log, kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	if err != nil {
		b.Fatal(err)
	}
	defer producer.Close()
	for i := range b.N {
		producer.Produce(context.Background(), &kgo.Record{Topic: "logs", Value: fmt.Appendf(nil, "%d %s", i, strings.Repeat("0123456789", 30))}, nil)
	}
	if err := producer.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
	sink := &counter{}
	r := NewReader(cfg, Options{Source: "bus", Log: log}, nil, tailer.Counts{}, sink)
	ctx, stop := context.WithCancel(context.Background())
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	<-r.CaughtUp()
	b.StopTimer()
	stop()
	<-done
	b.SetBytes(int64(sink.bytes / b.N))
}
