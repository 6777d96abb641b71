package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrDeposed is why a leader has to stop: another member leads, or may lead, the group.
var ErrDeposed = errors.New("another member leads the group now")

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
