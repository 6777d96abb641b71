// Package kafkatest runs a cluster of Kafka inside a test of another package.
package kafkatest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Cluster is one broker in this process. It ends with the test.
type Cluster struct {
	Brokers []string
	client  *kgo.Client
	t       *testing.T
}

// New starts a cluster with topics of so many partitions.
func New(t *testing.T, partitions int, topics ...string) *Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(int32(partitions), topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &Cluster{Brokers: c.ListenAddrs(), client: client, t: t}
}

// Send produces values to a topic, and returns when they are stored.
func (c *Cluster) Send(topic string, values ...string) {
	c.t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(v)})
	}
	if err := c.client.ProduceSync(c.t.Context(), records...).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}
