package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// inspectWait is how long Inspect waits for the cluster.
const inspectWait = 10 * time.Second

// Inspect asks the cluster what a daemon would read now, and returns one sentence about
// each topic. It changes nothing. withState is true where the checkpoint is in the state
// topic of the group.
func (c Config) Inspect(ctx context.Context, withState bool) (lines []string, err error) {
	client, err := c.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, stop := context.WithTimeout(ctx, inspectWait)
	defer stop()
	admin := kadm.NewClient(client)
	found, err := look(ctx, admin, c)
	if err != nil {
		return nil, c.Explain(err)
	}
	for _, topic := range c.Topics {
		lines = append(lines, found.describe(c, topic))
	}
	if withState {
		line, err := describeState(ctx, admin, StateTopic(c.Group))
		if err != nil {
			return nil, c.Explain(err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// describe returns how much of a topic is there, and where reading begins for a group
// without a checkpoint.
func (c cluster) describe(cfg Config, topic string) string {
	var held, unread int64
	seen := false
	partitions := c.topics[topic].Partitions
	for id := range partitions {
		b := c.beginning(cfg, topic, id, nil)
		held += b.end - b.start
		seen = seen || b.committed >= 0
		unread += b.end - b.choose().offset
	}
	text := fmt.Sprintf("topic %s: %d partitions, %d records", topic, len(partitions), held)
	switch {
	case seen:
		return fmt.Sprintf("%s, of which group %s has not read %d", text, cfg.Group, unread)
	case cfg.Start == startBeginning:
		return fmt.Sprintf("%s; group %s has never read it, and begins with the first of them", text, cfg.Group)
	}
	return fmt.Sprintf("%s; group %s has never read it, and begins after the last of them", text, cfg.Group)
}

func describeState(ctx context.Context, admin *kadm.Client, topic string) (string, error) {
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return "", err
	}
	switch t, ok := topics[topic]; {
	case ok && t.Err != nil && !errors.Is(t.Err, kerr.UnknownTopicOrPartition):
		return "", fmt.Errorf("topic %s: %w", topic, t.Err)
	case !ok || t.Err != nil:
		return fmt.Sprintf("topic %s: not there yet, the first leader creates it and counts from nothing", topic), nil //nolint:nilerr // that it is missing is the answer
	}
	var details []string
	if configs, err := admin.DescribeTopicConfigs(ctx, topic); err == nil && len(configs) > 0 {
		for _, c := range configs[0].Configs {
			if c.Key == "cleanup.policy" {
				details = append(details, c.Key+"="+c.MaybeValue())
			}
		}
	}
	return fmt.Sprintf("topic %s: the checkpoint of the group (%s)", topic, strings.Join(details, ", ")), nil
}
