// Package kafka keeps the checkpoint in a compacted topic, for a group of daemons of
// which one leads and the others are hot standbys.
//
// It promises that at most one member writes: the checkpoint is written by a
// transactional producer with the group's name as its id, and the first act of a new leader is
// to fence the one before it. A member that was fenced, or can not reach the coordinator any
// more, neither answers scrapes nor sends alerts: see Leading. Standbys
// read the topic all the time, so that the next leader begins with the checkpoint of the
// last one. Consumer groups, transactions and compaction are Kafka's own.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"wvwatch/internal/input/kafka"
	"wvwatch/internal/state"
	"wvwatch/internal/tailer"
)

type (
	commitRequest  = kmsg.OffsetCommitRequest
	commitResponse = kmsg.OffsetCommitResponse
)

const (
	retryAfter         = time.Second
	graceTime          = 3 * time.Second // before an error is logged: a topic that was just created is not known to all brokers
	warnEvery          = time.Minute
	membersEvery       = 10 * time.Second
	commitEvery        = 5 * time.Second
	transactionTimeout = time.Minute
)

// Options configure a store.
type Options struct{ Log *slog.Logger }

// Store is the checkpoint of a group. Lead is called once, then Load, then Save; the
// other methods may be called at any time. One Save waits for another.
type Store struct {
	cfg kafka.Config
	o   Options

	member   atomic.Pointer[member] // nil before Lead
	members  atomic.Pointer[Members]
	tail     *tail
	packer   *packer
	mu       sync.Mutex // one Save at a time
	producer *kgo.Client
	number   uint64 // of the last checkpoint
	commits  chan []tailer.Position

	lost    chan struct{} // closed when this member must not lead any more
	once    sync.Once
	reason  atomic.Pointer[string] // why
	stop    context.CancelFunc
	helpers sync.WaitGroup
	ctx     context.Context // of helpers: until Close

	statsMu sync.Mutex
	stats   state.Stats
}

// Open returns the store of the group of cfg, which has the topics of all sources.
// Nothing is connected before Lead.
func Open(cfg kafka.Config, o Options) (*Store, error) {
	o.Log = o.Log.With("component", "kafka")
	p, err := newPacker()
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, o: o, packer: p, lost: make(chan struct{}), commits: make(chan []tailer.Position, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// retry calls f until it succeeds, ctx is done, or this member does not lead any more.
func (s *Store) retry(ctx context.Context, what string, f func(context.Context) error) error {
	begin, warned := time.Now(), time.Time{}
	for {
		err := f(ctx)
		if err == nil || errors.Is(err, ErrDeposed) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(begin) >= graceTime && time.Since(warned) >= warnEvery {
			warned = time.Now()
			s.o.Log.Warn(what, "err", s.cfg.Explain(err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.lost:
			return ErrDeposed
		case <-time.After(retryAfter):
		}
	}
}

// Load implements the daemon's store of checkpoints: it returns the checkpoint of
// the last leader.
func (s *Store) Load() (state.Checkpoint, error) {
	packed := s.tail.found.packed
	s.tail.close()
	s.tail = nil
	used := state.None
	defer func() {
		s.statsMu.Lock()
		defer s.statsMu.Unlock()
		s.stats.Loaded = used
	}()
	if packed == nil {
		return state.Checkpoint{}, nil
	}
	cp, err := unpack(packed)
	if newer := (*state.VersionError)(nil); errors.As(err, &newer) {
		newer.Path = s.Topic()
	}
	if err != nil {
		return state.Checkpoint{}, fmt.Errorf("checkpoint in topic %s: %w; delete the topic to count from nothing", s.Topic(), err)
	}
	used = state.Newest
	return cp, nil
}

// Save writes cp in one transaction. When it returns nil, the next leader begins with
// cp. Where the outcome is unknown, or another member leads, this one is
// deposed.
func (s *Store) Save(cp state.Checkpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := time.Now()
	size, err := s.save(cp)
	end := time.Now()
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	if err != nil {
		s.stats.Failures++
		return fmt.Errorf("save checkpoint in topic %s: %w", s.Topic(), s.cfg.Explain(err))
	}
	s.stats.LastSuccess, s.stats.Size, s.stats.Duration = end, int64(size), end.Sub(begin)
	select {
	case s.commits <- cp.Metrics.Positions:
	default: // the last ones are being committed; the next save has later ones
	}
	return nil
}

func (s *Store) save(cp state.Checkpoint) (size int, err error) {
	if ok, why := s.Leading(); !ok {
		select {
		case <-s.lost:
			return 0, ErrDeposed
		default:
			return 0, errors.New(why)
		}
	}
	records, size, err := s.packer.pack(s.Topic(), s.number+1, func(w io.Writer) error { return state.Write(w, cp) })
	if err != nil {
		return size, err
	}
	ctx := s.ctx // not that of a scrape: a transaction that is given up has an unknown outcome
	if err := s.producer.BeginTransaction(); err != nil {
		return size, s.depose(err)
	}
	err = s.producer.ProduceSync(ctx, records...).FirstErr()
	if err != nil {
		if abort := s.producer.EndTransaction(ctx, kgo.TryAbort); abort != nil || isFenced(err) {
			return size, s.depose(errors.Join(err, abort))
		}
		return size, err
	}
	if err := s.producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return size, s.depose(err)
	}
	s.number++
	return size, nil
}

// Stats may be called at any time.
func (s *Store) Stats() state.Stats {
	s.statsMu.Lock()
	defer s.statsMu.Unlock()
	return s.stats
}

// Close leaves the group, so that a standby leads at once. Nothing may be saved after
// it; a Save that waits for the brokers ends with an error.
func (s *Store) Close() error {
	s.stop()
	s.helpers.Wait()
	if m := s.member.Load(); m != nil {
		m.close()
	}
	if s.producer != nil {
		s.producer.Close()
	}
	if s.tail != nil {
		s.tail.close()
	}
	return nil
}

// firstError returns the first error of a response to a commit.
func firstError(r *commitResponse) error {
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("topic %s: %w", t.Topic, err)
			}
		}
	}
	return nil
}
