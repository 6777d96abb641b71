package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"wvwatch/internal/input/kafka"
)

// Topic returns the name of the topic of the checkpoint.
func (s *Store) Topic() string { return kafka.StateTopic(s.cfg.Group) }

// createTopic creates the state topic where it is missing, and checks that it is
// compacted.
func createTopic(ctx context.Context, cfg kafka.Config, o Options) error {
	client, err := cfg.Client(o.Log)
	if err != nil {
		return err
	}
	defer client.Close()
	admin, topic := kadm.NewClient(client), kafka.StateTopic(cfg.Group)
	ctx, stop := context.WithTimeout(ctx, adminWait)
	defer stop()
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	if t, ok := topics[topic]; ok && t.Err == nil {
		return checkTopic(ctx, admin, topic, len(t.Partitions), o)
	}
	text := func(s string) *string { return &s }
	_, err = admin.CreateTopic(ctx, 1, -1, map[string]*string{
		"cleanup.policy":            text("compact"),
		"min.cleanable.dirty.ratio": text("0.1"),
		"segment.bytes":             text("67108864"),
		"segment.ms":                text("3600000"),
	}, topic)
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	o.Log.Info("created the topic of the checkpoint", "file", topic)
	return nil
}

// checkTopic refuses a topic in which the checkpoint would not last.
func checkTopic(ctx context.Context, admin *kadm.Client, topic string, partitions int, o Options) error {
	if partitions != 1 {
		return fmt.Errorf("topic %s has %d partitions: the checkpoint needs one; delete it", topic, partitions)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	if err != nil || len(configs) == 0 || configs[0].Err != nil {
		return nil //nolint:nilerr // a user who may not read the configuration of a topic may still use it
	}
	for _, c := range configs[0].Configs {
		if c.Key == "cleanup.policy" && c.MaybeValue() != "compact" {
			return fmt.Errorf("topic %s has cleanup.policy=%s, which deletes the checkpoint: set it to compact", topic, c.MaybeValue())
		}
	}
	return nil
}
