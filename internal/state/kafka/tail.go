package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"wvwatch/internal/input/kafka"
)

const (
	lookBack   = 64               // offsets from the end at which a first read begins
	tailWait   = 5 * time.Second  // how long a broker waits for a new checkpoint before it answers
	fetchBytes = 2 << 20          // of one response
	adminWait  = 30 * time.Second // for one question to the brokers
)

// tail reads the state topic and keeps the newest checkpoint, packed. It serves one
// goroutine at a time.
type tail struct {
	client *kgo.Client
	admin  *kadm.Client
	topic  string
	next   int64 // offset after the last record that was read
	found  assembler
}

// openTail finds the newest checkpoint in the topic.
func openTail(ctx context.Context, cfg kafka.Config, o Options) (*tail, error) {
	topic := kafka.StateTopic(cfg.Group)
	client, err := cfg.Client(o.Log,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{}),
		kgo.FetchMaxBytes(fetchBytes), kgo.FetchMaxPartitionBytes(fetchBytes), kgo.FetchMaxWait(tailWait), kgo.MaxConcurrentFetches(1),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
	)
	if err != nil {
		return nil, err
	}
	t := &tail{client: client, admin: kadm.NewClient(client), topic: topic}
	if err := t.find(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return t, nil
}

// find reads the end of the topic: as much as has a whole checkpoint, since a segment
// that is not compacted yet may have thousands.
func (t *tail) find(ctx context.Context) error {
	start, end, err := t.bounds(ctx)
	if err != nil {
		return err
	}
	for back := int64(lookBack); ; back *= 8 {
		from := max(start, end-back)
		t.found, t.next = assembler{}, from
		at := map[string]map[int32]kgo.Offset{t.topic: {0: kgo.NewOffset().At(from)}}
		if back == lookBack {
			t.client.AddConsumePartitions(at)
		} else {
			t.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{t.topic: {0: {Epoch: -1, Offset: from}}})
		}
		if err := t.readTo(ctx, end); err != nil {
			return err
		}
		if t.found.packed != nil || from == start {
			return nil
		}
	}
}

// bounds returns the first offset of the topic, and the one after the last record that
// is part of no open transaction.
func (t *tail) bounds(ctx context.Context) (start, end int64, err error) {
	ctx, stop := context.WithTimeout(ctx, adminWait)
	defer stop()
	first, err := t.admin.ListStartOffsets(ctx, t.topic)
	if err == nil {
		err = first.Error()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("first offset of %s: %w", t.topic, err)
	}
	last, err := t.admin.ListCommittedOffsets(ctx, t.topic)
	if err == nil {
		err = last.Error()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("last offset of %s: %w", t.topic, err)
	}
	s, _ := first.Lookup(t.topic, 0)
	e, ok := last.Lookup(t.topic, 0)
	if !ok {
		return 0, 0, fmt.Errorf("topic %s has no partition 0", t.topic)
	}
	return s.Offset, e.Offset, nil
}

// readTo reads up to the offset end.
func (t *tail) readTo(ctx context.Context, end int64) error {
	for t.next < end {
		if err := t.poll(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// follow reads new records until ctx is done; that is no error.
func (t *tail) follow(ctx context.Context) error {
	for {
		err := t.poll(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // a stop is no failure
		case err != nil:
			return err
		}
	}
}

// poll waits for records and takes them.
func (t *tail) poll(ctx context.Context) error {
	fetches := t.client.PollFetches(ctx)
	var failed error
	fetches.EachError(func(_ string, _ int32, err error) {
		if ctx.Err() == nil {
			failed = errors.Join(failed, err)
		}
	})
	fetches.EachRecord(func(r *kgo.Record) {
		t.next = r.Offset + 1
		if !r.Attrs.IsControl() {
			t.found.add(r)
		}
	})
	if failed != nil {
		return fmt.Errorf("read %s: %w", t.topic, failed)
	}
	return ctx.Err()
}

func (t *tail) close() { t.client.Close() }
