package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// cluster is what the brokers report of the topics of a source.
type cluster struct {
	topics     kadm.TopicDetails
	start, end kadm.ListedOffsets
	committed  kadm.OffsetResponses // of the group; nil where nothing is known of it
}

// look asks the brokers. Its error names every topic that is missing or not allowed.
func look(ctx context.Context, admin *kadm.Client, cfg Config) (c cluster, err error) {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	if c.topics, err = admin.ListTopics(ctx, cfg.Topics...); err != nil {
		return c, err
	}
	var errs []error
	for _, name := range cfg.Topics {
		t, ok := c.topics[name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("topic %s: %w", name, kerr.UnknownTopicOrPartition))
		case t.Err != nil:
			errs = append(errs, fmt.Errorf("topic %s: %w", name, t.Err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return c, err
	}
	if c.start, err = admin.ListStartOffsets(ctx, cfg.Topics...); err == nil {
		err = c.start.Error()
	}
	if err != nil {
		return c, fmt.Errorf("first offsets: %w", err)
	}
	// The offsets up to which nothing is part of an open transaction.
	if c.end, err = admin.ListCommittedOffsets(ctx, cfg.Topics...); err == nil {
		err = c.end.Error()
	}
	if err != nil {
		return c, fmt.Errorf("last offsets: %w", err)
	}
	c.committed, err = admin.FetchOffsets(ctx, cfg.Group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		err = nil
	}
	if err != nil {
		return c, fmt.Errorf("offsets of group %s: %w", cfg.Group, err)
	}
	return c, nil
}

// beginning returns what is known of a partition.
func (c cluster) beginning(cfg Config, topic string, id int32, saved map[string]place) (b beginning) {
	b = beginning{topic: c.topics[topic].ID, committed: -1, atBeginning: cfg.Start == startBeginning}
	if o, ok := c.start.Lookup(topic, id); ok {
		b.start = o.Offset
	}
	if o, ok := c.end.Lookup(topic, id); ok {
		b.end = o.Offset
	}
	b.saved, b.known = saved[partitionName(topic, id)]
	for other := range c.topics[topic].Partitions {
		if pl, ok := saved[partitionName(topic, other)]; ok && pl.topic == b.topic {
			b.seen = true
		}
	}
	if o, ok := c.committed.Lookup(topic, id); ok && o.Err == nil {
		b.committed = o.At
	}
	return b
}

// findPartitions begins to read the partitions that are not read yet, and remembers
// where each begins: a later start must not begin elsewhere.
func (r *Reader) findPartitions(ctx context.Context) error {
	r.discover = time.Now().Add(discoverEvery)
	c, err := look(ctx, r.admin, r.cfg)
	if err != nil {
		return err
	}
	saved := maps.Clone(r.begin)
	for name, p := range r.parts {
		saved[name] = p.counted()
	}
	add := map[string]map[int32]kgo.Offset{}
	for _, topic := range r.cfg.Topics {
		for id := range c.topics[topic].Partitions {
			name := partitionName(topic, id)
			if p := r.parts[name]; p != nil {
				if p.topicID != c.topics[topic].ID {
					return fmt.Errorf("topic %s was deleted and created again", topic)
				}
				continue
			}
			b := c.beginning(r.cfg, topic, id, saved)
			p := r.open(topic, id, b.choose(), b.end)
			if add[topic] == nil {
				add[topic] = map[int32]kgo.Offset{}
			}
			add[topic][id] = kgo.NewOffset().At(p.next)
		}
	}
	sortPartitions(r.order)
	r.client.AddConsumePartitions(add)
	r.measure()
	return nil
}

// open begins to read a partition.
func (r *Reader) open(topic string, id int32, c choice, end int64) *partition {
	p := &partition{
		topic: topic, id: id, name: partitionName(topic, id), topicID: c.topic, sink: r.sink, source: r.o.Source,
		next: c.offset, skip: c.counted, target: end, end: end,
	}
	switch {
	case c.lost > 0:
		r.lose(p, c.lost)
	case c.note != "":
		r.o.Log.Warn(c.note, "file", p.name, "offset", c.offset)
	}
	p.note()
	r.parts[p.name] = p
	r.order = append(r.order, p)
	return p
}
