// Package kafka reads log lines from topics, each partition as the text of one file,
// into a tailer.Sink, with a position that is committed with the counts.
//
// It promises that each record is counted once, whatever happens to the process or to
// the group: the position is in the checkpoint, the offsets of the group only follow
// it. Memory is bounded, also where a record is larger than it may be: such a poison
// record is stepped over and counted. Which member of a group reads is decided by
// internal/state/kafka.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"wvwatch/internal/tailer"
)

const (
	maxResponse   = 16 << 20 // a larger one has a poison record
	maxBatch      = 32 << 20 // unpacked; a larger one is a poison record
	fetchWait     = 250 * time.Millisecond
	discoverEvery = 30 * time.Second // for new partitions
	commitEvery   = 5 * time.Second  // group offsets
	retryAfter    = time.Second
	warnEvery     = time.Minute
	tries         = 3 // to read a damaged batch, before it is stepped over
)

// Options are what a reader is made with.
type Options struct {
	Source string
	Labels []string // paths of labels that headers, key and topic may give
	Log    *slog.Logger
	// Member is true where another part of the daemon is a member of the group and commits
	// its offsets. Else the reader commits those of saved checkpoints.
	Member bool
}

// Reader reads the topics of one source. Run is called once; the other methods may be
// called at any time.
type Reader struct {
	cfg   Config
	o     Options
	sink  tailer.Sink
	begin map[string]place // where the next session begins, by partitionName

	render   *renderer
	budget   *budget
	client   *kgo.Client
	admin    *kadm.Client
	parts    map[string]*partition // by partitionName
	order    []*partition
	discover time.Time // of the next look for new partitions

	caughtUp chan struct{}
	once     sync.Once
	counts   counts
	gauges   atomic.Pointer[gauges]
	offsets  offsetCommitter
	warned   map[string]*rate.Sometimes // by message
}

// counts are the counters of a reader.
type counts struct{ lastRead, overlong, lost, poison, errors atomic.Int64 }

// gauges are what a reader shows of the cluster.
type gauges struct {
	partitions int
	lag        int64
	oldest     int64 // timestamp up to which the slowest partition is counted, Unix nanoseconds; 0 where nothing is left
}

// NewReader returns a reader that begins at the positions of the source in counted.
// before are its counters of an earlier reader.
func NewReader(cfg Config, o Options, counted []tailer.Position, before tailer.Counts, sink tailer.Sink) *Reader {
	o.Log = o.Log.With("component", "kafka", "source", o.Source)
	r := &Reader{
		cfg: cfg, o: o, sink: sink, begin: placesOf(counted, o.Source), render: newRenderer(o.Labels),
		caughtUp: make(chan struct{}), warned: map[string]*rate.Sometimes{},
	}
	r.counts.overlong.Store(before.OverlongLines)
	r.counts.lost.Store(before.LostRecords)
	r.counts.poison.Store(before.PoisonRecords)
	r.counts.errors.Store(before.OpenErrors)
	return r
}

// CaughtUp is closed when everything that was in the topics when Run began is counted.
func (r *Reader) CaughtUp() <-chan struct{} { return r.caughtUp }

// Run reads until ctx is done, and returns nil. Where the cluster can not be reached, or
// does not allow what is needed, it logs why and tries again.
func (r *Reader) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.session(ctx)
		if err != nil && ctx.Err() == nil {
			r.counts.errors.Add(1)
			r.warn("topics can not be read", "err", r.cfg.Explain(err))
		}
		pause(ctx, retryAfter)
	}
	return nil
}

// session reads with one client, until ctx is done or something happens after which
// all positions have to be compared with the cluster again.
func (r *Reader) session(ctx context.Context) error {
	r.budget = &budget{asked: firstFetch}
	client, err := r.cfg.Client(r.o.Log,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{}),
		kgo.FetchMaxBytes(firstFetch), kgo.FetchMaxPartitionBytes(firstFetch), kgo.FetchMaxWait(fetchWait), kgo.WithHooks(r.budget),
		kgo.MaxConcurrentFetches(1), kgo.BrokerMaxReadBytes(maxResponse), kgo.MaxDecompressBatchBytes(maxBatch),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.WithPools(newPool()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	defer func() {
		for name, p := range r.parts {
			r.begin[name] = p.counted()
		}
	}()
	r.client, r.admin, r.parts, r.order = client, kadm.NewClient(client), map[string]*partition{}, nil
	if err := r.findPartitions(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if time.Now().After(r.discover) {
			if err := r.findPartitions(ctx); err != nil {
				return err
			}
		}
		if err := r.poll(ctx); err != nil {
			return err
		}
	}
	return nil
}

// poll takes what was fetched, or waits a moment for it.
func (r *Reader) poll(ctx context.Context) error {
	waiting, stop := context.WithTimeout(ctx, silence)
	fetches := r.client.PollFetches(waiting)
	stop()
	now := time.Now()
	var failed error
	fetches.EachPartition(func(t kgo.FetchTopicPartition) {
		if p := r.parts[partitionName(t.Topic, t.Partition)]; p != nil {
			if t.LogStartOffset > p.next {
				r.lose(p, t.LogStartOffset-p.next)
				p.next, p.skip = t.LogStartOffset, 0
			}
			p.end = max(p.end, t.LastStableOffset)
			r.take(p, t.Records, now)
		}
		if t.Err != nil { // which is about what follows the records
			failed = errors.Join(failed, r.failed(ctx, t))
		}
	})
	for _, p := range r.order {
		p.settle(now)
		r.counts.overlong.Add(p.overlong)
		p.overlong = 0
	}
	r.measure()
	if bytes, changed := r.budget.next(); changed {
		r.client.UpdateFetchMaxBytes(bytes, min(bytes, 1<<20))
	}
	if err := r.offsets.commit(ctx, now, r.admin, r.cfg.Group); err != nil {
		r.warn("group offsets not committed: lag tools show old ones", "err", r.cfg.Explain(err))
	}
	return failed
}

// take adds records to the text of p and parses it.
func (r *Reader) take(p *partition, records []*kgo.Record, now time.Time) {
	for _, rec := range records {
		switch {
		case rec.Offset < p.next: // of before, where a broker lost what it had
		case rec.Attrs.IsControl():
			p.next, p.skip = rec.Offset+1, 0
		default:
			p.add(rec.Offset, rec.Timestamp.UnixNano(), func(dst []byte) []byte { return r.render.append(dst, rec) })
		}
		rec.Recycle()
	}
	if len(records) == 0 {
		return
	}
	p.grew, p.failures = now, 0
	p.parse(false)
	r.counts.lastRead.Store(now.UnixNano())
}

// failed handles an error of a partition, or of a broker. The error that it returns ends
// the session.
func (r *Reader) failed(ctx context.Context, t kgo.FetchTopicPartition) error {
	var (
		tooLarge *kgo.ErrDecompressTooLarge
		dataLoss *kgo.ErrDataLoss
	)
	switch p := r.parts[partitionName(t.Topic, t.Partition)]; {
	case ctx.Err() != nil, errors.Is(t.Err, context.DeadlineExceeded), isEnd(t.Err):
		return nil //nolint:nilerr // a stop is no failure
	case errors.As(t.Err, &tooLarge) && p != nil:
		r.step(p, tooLarge.NextOffset, fmt.Sprintf("the batch unpacks to more than %d MiB", maxBatch>>20))
		return nil
	case errors.As(t.Err, &dataLoss) && p != nil:
		r.warn("brokers lost records", "file", p.name, "err", t.Err)
		return nil
	case strings.Contains(t.Err.Error(), tooLargeText):
		return r.stepOverLarge(ctx)
	case p != nil && isDamage(t.Err):
		if p.failures++; p.failures < tries {
			return nil
		}
		return r.stepOverDamaged(ctx, p, t.Err)
	}
	return fmt.Errorf("partition %s: %w", partitionName(t.Topic, t.Partition), t.Err)
}

// lose counts records that retention deleted before they were read.
func (r *Reader) lose(p *partition, n int64) {
	r.counts.lost.Add(n)
	r.o.Log.Error(fmt.Sprintf("%d records of %s are lost: retention deleted them before they were read; keep them longer than an outage may last", n, p.name), "offset", p.next)
}

// measure publishes what Stats shows.
func (r *Reader) measure() {
	g := &gauges{partitions: len(r.order)}
	done := true
	for _, p := range r.order {
		left := max(0, p.end-p.counted().offset)
		g.lag += left
		if left > 0 && p.newest > 0 && (g.oldest == 0 || p.newest < g.oldest) {
			g.oldest = p.newest
		}
		done = done && p.caughtUp()
	}
	r.gauges.Store(g)
	if done {
		r.once.Do(func() { close(r.caughtUp) })
	}
}

// warn logs a message at most once a minute.
func (r *Reader) warn(msg string, args ...any) {
	limit := r.warned[msg]
	if limit == nil {
		limit = &rate.Sometimes{Interval: warnEvery}
		r.warned[msg] = limit
	}
	limit.Do(func() { r.o.Log.Warn(msg, args...) })
}
