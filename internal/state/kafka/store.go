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

	"github.com/twmb/franz-go/pkg/kadm"
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

// ErrDeposed is why a leader has to stop: another member leads, or may lead, the group.
var ErrDeposed = errors.New("another member leads the group now")

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

// Lead joins the group and returns when this member leads it, the last leader is
// fenced, and its last checkpoint is read. Where the cluster can not be reached, or does
// not allow a request, it logs why and tries again until ctx is done.
func (s *Store) Lead(ctx context.Context) error {
	if err := s.retry(ctx, "the group can not be joined", s.prepare); err != nil {
		return err
	}
	m, err := join(s.cfg, s.o)
	if err != nil {
		return err
	}
	s.member.Store(m)
	s.helpers.Go(func() { s.watch(m) })
	if err := s.standBy(ctx, m); err != nil {
		return err
	}
	s.o.Log.Info("this member leads the group", "reason", s.cfg.Group)
	return s.retry(ctx, "the last leader's checkpoint can not be taken over", s.takeOver)
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

// prepare makes sure that the topic exists, and reads it.
func (s *Store) prepare(ctx context.Context) (err error) {
	if err := createTopic(ctx, s.cfg, s.o); err != nil {
		return err
	}
	s.tail, err = openTail(ctx, s.cfg, s.o)
	return err
}

// standBy reads the topic until this member is elected.
func (s *Store) standBy(ctx context.Context, m *member) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// It reads again from where it is: an error loses nothing.
		_ = s.retry(following, "the state topic can not be read", s.tail.follow)
	}()
	warn := time.NewTicker(warnEvery / 6)
	defer warn.Stop()
	for {
		select {
		case <-ctx.Done():
			stop()
			<-done
			return ctx.Err()
		case <-m.elected:
			stop()
			<-done
			return nil
		case <-warn.C:
			if err := m.trouble(); err != nil {
				s.o.Log.Warn("the group can not be joined", "err", s.cfg.Explain(err))
			}
		}
	}
}

// takeOver fences the last leader, and then reads its last checkpoint.
func (s *Store) takeOver(ctx context.Context) error {
	if s.producer == nil {
		p, err := s.cfg.Client(s.o.Log,
			kgo.TransactionalID(s.cfg.Group), kgo.TransactionTimeout(transactionTimeout),
			kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
		)
		if err != nil {
			return err
		}
		s.producer = p
	}
	asking, stop := context.WithTimeout(ctx, adminWait)
	defer stop()
	if _, _, err := s.producer.ProducerID(asking); err != nil {
		s.producer.Close()
		s.producer = nil
		return fmt.Errorf("begin transactions of %s: %w", s.cfg.Group, err)
	}
	_, end, err := s.tail.bounds(ctx)
	if err != nil {
		return err
	}
	if err := s.tail.readTo(ctx, end); err != nil {
		return err
	}
	s.number = s.tail.found.number
	return nil
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

// isFenced reports whether err means that a newer producer has the transactional id.
func isFenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.InvalidProducerIDMapping)
}

// depose ends the leadership of this member for err, and returns it.
func (s *Store) depose(err error) error {
	err = fmt.Errorf("%w: %w", ErrDeposed, err)
	s.once.Do(func() {
		why := err.Error()
		s.reason.Store(&why)
		close(s.lost)
	})
	return err
}

// Topic returns the name of the topic of the checkpoint.
func (s *Store) Topic() string { return kafka.StateTopic(s.cfg.Group) }

// Lost is closed when this member must not lead any more.
func (s *Store) Lost() <-chan struct{} { return s.lost }

// Leading reports whether this member leads and has lately heard so from the
// coordinator, and if not, why in one sentence: only a leader may answer scrapes, evaluate
// rules and send alerts.
func (s *Store) Leading() (ok bool, why string) {
	if r := s.reason.Load(); r != nil {
		return false, *r
	}
	m := s.member.Load()
	if m == nil {
		return false, "standby: joining group " + s.cfg.Group
	}
	m.mu.Lock()
	leads := m.leads
	m.mu.Unlock()
	if !leads {
		if all := s.members.Load(); all != nil && all.Leader != "" {
			return false, fmt.Sprintf("standby: %s leads group %s", all.Leader, s.cfg.Group)
		}
		return false, "standby in group " + s.cfg.Group
	}
	if age := m.pulse.age(time.Now()); age > silentAfter {
		return false, fmt.Sprintf("no answer of the coordinator of group %s for %s: another member may lead", s.cfg.Group, age.Round(time.Second))
	}
	return true, ""
}

// Members returns who is in the group, as of the last seconds.
func (s *Store) Members() Members {
	if all := s.members.Load(); all != nil {
		return *all
	}
	return Members{}
}

// watch notes that the leadership was lost, asks who is in the group, and commits its
// offsets, until Close.
func (s *Store) watch(m *member) {
	tick := time.NewTicker(membersEvery)
	defer tick.Stop()
	look := time.After(heartbeatInterval)
	lost := m.lost
	var warned, committed time.Time
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-lost:
			lost = nil
			_ = s.depose(errors.New("the group took the partitions back")) // kept as the reason
		case <-look:
			s.askMembers(m)
		case <-tick.C:
			s.askMembers(m)
		case positions := <-s.commits:
			if time.Since(committed) < commitEvery {
				continue
			}
			committed = time.Now()
			ctx, stop := context.WithTimeout(s.ctx, commitEvery)
			err := m.commit(ctx, positions)
			stop()
			if err != nil && s.ctx.Err() == nil && time.Since(warned) >= warnEvery {
				warned = time.Now()
				s.o.Log.Warn("group offsets not committed: lag tools show old ones", "err", s.cfg.Explain(err))
			}
		}
	}
}

func (s *Store) askMembers(m *member) {
	if all, err := m.members(s.ctx); err == nil { // else the last answer is shown
		s.members.Store(&all)
	}
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
