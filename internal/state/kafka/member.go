package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"wvwatch/internal/input/kafka"
	"wvwatch/internal/tailer"
)

// How a leader that is dead is noticed. A member that sends no heartbeat for
// sessionTimeout is removed from the group, and the next one leads; before that, the
// leader itself stops to answer.
const (
	sessionTimeout    = 8 * time.Second
	heartbeatInterval = time.Second
	silentAfter       = sessionTimeout - 2*time.Second
)

// member is this process in the consumer group. It reads nothing: the group only
// decides who does.
type member struct {
	client *kgo.Client
	admin  *kadm.Client
	cfg    kafka.Config
	topics []string
	state  string // topic; its only partition is the leader's
	pulse  pulse

	elected chan struct{} // closed when this member leads
	lost    chan struct{} // closed when it does not any more

	mu      sync.Mutex
	leads   bool
	problem error // of the last attempt to join; nil once that succeeded
}

// join enters the group of cfg.
func join(cfg kafka.Config, o Options) (*member, error) {
	m := &member{
		cfg: cfg, state: kafka.StateTopic(cfg.Group), elected: make(chan struct{}), lost: make(chan struct{}),
	}
	m.topics = append(slices.Clone(cfg.Topics), m.state)
	client, err := cfg.Client(o.Log,
		kgo.ConsumerGroup(cfg.Group), kgo.ConsumeTopics(m.topics...), kgo.Balancers(balancer{}), kgo.DisableAutoCommit(),
		kgo.SessionTimeout(sessionTimeout), kgo.HeartbeatInterval(heartbeatInterval), kgo.RebalanceTimeout(sessionTimeout),
		kgo.OnPartitionsAssigned(m.assigned), kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.revoked),
		kgo.WithHooks(&m.pulse, m),
	)
	if err != nil {
		return nil, err
	}
	client.PauseFetchTopics(m.topics...)
	m.client, m.admin = client, kadm.NewClient(client)
	return m, nil
}

func (m *member) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problem = nil
	if _, ok := partitions[m.state]; ok && !m.leads {
		m.leads = true
		close(m.elected)
	}
}

func (m *member) revoked(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := partitions[m.state]; ok && m.leads {
		m.leads = false
		close(m.lost)
	}
}

// OnGroupManageError implements kgo.HookGroupManageError.
func (m *member) OnGroupManageError(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problem = err
}

// trouble returns why this member is not in the group; nil where it is, or only waits.
func (m *member) trouble() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.problem
}

// commit sets the offsets of the group, for lag tools.
func (m *member) commit(ctx context.Context, positions []tailer.Position) error {
	offsets := map[string]map[int32]kgo.EpochOffset{}
	for topic, partitions := range kafka.Offsets(positions) {
		for id, o := range partitions {
			if !slices.Contains(m.cfg.Topics, topic) {
				continue
			}
			if offsets[topic] == nil {
				offsets[topic] = map[int32]kgo.EpochOffset{}
			}
			offsets[topic][id] = kgo.EpochOffset{Epoch: -1, Offset: o.At}
		}
	}
	var failed error
	m.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *commitRequest, answer *commitResponse, err error) {
		failed = err
		if err == nil {
			failed = firstError(answer)
		}
	})
	return failed
}

// Members are the processes of a group, by the names of their hosts.
type Members struct {
	Leader   string // empty while there is none
	Standbys []string
}

// members asks the coordinator who is in the group.
func (m *member) members(ctx context.Context) (all Members, err error) {
	ctx, stop := context.WithTimeout(ctx, adminWait)
	defer stop()
	groups, err := m.admin.DescribeGroups(ctx, m.cfg.Group)
	if err != nil {
		return all, err
	}
	g, ok := groups[m.cfg.Group]
	if !ok {
		return all, errors.New("the group is not known")
	}
	if g.Err != nil {
		return all, fmt.Errorf("group %s: %w", m.cfg.Group, g.Err)
	}
	for _, one := range g.Members {
		assignment, ok := one.Assigned.AsConsumer()
		if ok && len(assignment.Topics) > 0 && all.Leader == "" {
			all.Leader = one.ClientID
			continue
		}
		all.Standbys = append(all.Standbys, one.ClientID)
	}
	slices.Sort(all.Standbys)
	return all, nil
}

// close leaves the group, so that the next member leads at once.
func (m *member) close() {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	_ = m.client.LeaveGroupContext(ctx) // else the session times out
	m.client.Close()
}
