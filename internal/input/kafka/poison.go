package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// tooLargeText is in the error of a response over maxResponse. The client does not
// export the error itself; a test holds the text.
const tooLargeText = "response exceeds BrokerMaxReadBytes"

// isDamage reports whether an error of a partition is no answer of a broker, but about
// what a batch contains: a checksum, a compression, a length.
func isDamage(err error) bool {
	var answer *kerr.Error
	var network interface{ Timeout() bool }
	return !errors.As(err, &answer) && !errors.As(err, &network) || errors.Is(err, kerr.CorruptMessage)
}

// step goes on at the offset to, after records that can not be read.
func (r *Reader) step(p *partition, to int64, why string) {
	n := to - p.next
	if n <= 0 {
		return
	}
	p.parse(true) // what comes before it is complete
	r.counts.poison.Add(n)
	r.o.Log.Error(fmt.Sprintf("%d records of %s stepped over: %s", n, p.name, why), "offset", p.next)
	p.next, p.skip, p.failures = to, 0, 0
	p.note()
	r.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{p.topic: {p.id: {Epoch: -1, Offset: to}}})
}

// stepOverDamaged steps over the batch at the position of p.
func (r *Reader) stepOverDamaged(ctx context.Context, p *partition, cause error) error {
	batch, err := r.fetch(ctx, p, p.next)
	if err != nil && !strings.Contains(err.Error(), tooLargeText) {
		return err
	}
	r.step(p, max(p.next+1, batchEnd(batch, p.next)), cause.Error())
	return nil
}

// batchEnd returns the offset after the last record of the batch at the beginning of
// data, which holds the offset at; 0 where its header can not be trusted.
func batchEnd(data []byte, at int64) int64 {
	const header, most = 61, 1 << 24
	if len(data) < header {
		return 0
	}
	first, last := int64(binary.BigEndian.Uint64(data)), int64(int32(binary.BigEndian.Uint32(data[23:])))
	if magic := data[16]; magic != 2 || last < 0 || last > most || first > at || first+last < at {
		return 0
	}
	return first + last + 1
}

// stepOverLarge finds the partitions with a next batch larger than a response may be,
// and steps over it. The batch itself is never read: where it ends is found by asking
// for later offsets.
func (r *Reader) stepOverLarge(ctx context.Context) error {
	for _, p := range r.order {
		large, err := r.large(ctx, p, p.next)
		if err != nil {
			return err
		}
		if !large {
			continue
		}
		low, high := p.next, p.next+1 // low is in the batch
		for {
			if large, err = r.large(ctx, p, high); err != nil {
				return err
			}
			if !large {
				break
			}
			low, high = high, high+2*(high-p.next)
		}
		for high-low > 1 {
			mid := low + (high-low)/2
			if large, err = r.large(ctx, p, mid); err != nil {
				return err
			}
			if large {
				low = mid
			} else {
				high = mid
			}
		}
		r.step(p, high, fmt.Sprintf("the batch is larger than %d MiB", maxResponse>>20))
	}
	return nil
}

// large reports whether the batch that holds the offset does not fit into a response.
func (r *Reader) large(ctx context.Context, p *partition, offset int64) (bool, error) {
	_, err := r.fetch(ctx, p, offset)
	if err != nil && strings.Contains(err.Error(), tooLargeText) {
		return true, nil
	}
	return false, err
}

// fetch asks the leader of p for the batch that holds an offset. Past the end of the
// log it returns nothing.
func (r *Reader) fetch(ctx context.Context, p *partition, offset int64) ([]byte, error) {
	leader, _, err := r.client.PartitionLeader(p.topic, p.id)
	if err != nil {
		return nil, err
	}
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = p.id, offset, 1
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID, topic.Partitions = p.topic, p.topicID, []kmsg.FetchRequestTopicPartition{part}
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes, req.MinBytes, req.MaxWaitMillis, req.Topics = 1, 0, 0, []kmsg.FetchRequestTopic{topic}
	answer, err := r.client.Broker(int(leader)).RetriableRequest(ctx, req)
	if err != nil {
		return nil, err
	}
	topics := answer.(*kmsg.FetchResponse).Topics
	if len(topics) == 0 || len(topics[0].Partitions) == 0 {
		return nil, nil
	}
	one := topics[0].Partitions[0]
	if err := kerr.ErrorForCode(one.ErrorCode); err != nil && !errors.Is(err, kerr.OffsetOutOfRange) {
		return nil, err
	}
	return one.RecordBatches, nil
}
