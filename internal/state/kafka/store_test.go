package kafka

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"wvwatch/internal/input/kafka"
	"wvwatch/internal/metrics"
	"wvwatch/internal/state"
	"wvwatch/internal/tailer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func cluster(t *testing.T, options ...kfake.Opt) (*kfake.Cluster, kafka.Config) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(3, "logs")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, kafka.Config{Brokers: c.ListenAddrs(), Topics: []string{"logs"}, Group: "g"}
}

func open(t *testing.T, cfg kafka.Config) *Store {
	t.Helper()
	s, err := Open(cfg, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// lead begins to lead with s and returns what receives when it does.
func lead(t *testing.T, s *Store) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { done <- s.Lead(ctx) })
	t.Cleanup(func() { stop(); work.Wait() })
	return done
}

func wantLead(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("it does not lead")
	}
}

// wantStandby fails where s leads.
func wantStandby(t *testing.T, s *Store) {
	t.Helper()
	if ok, _ := s.Leading(); ok {
		t.Fatal("it leads")
	}
}

// numbered returns a checkpoint that holds n.
func numbered(n int) state.Checkpoint {
	return state.Checkpoint{Metrics: metrics.State{CodeOverflow: uint64(n)}}
}

func wantLoad(t *testing.T, s *Store, n int) {
	t.Helper()
	cp, err := s.Load()
	if err != nil || cp.Metrics.CodeOverflow != uint64(n) {
		t.Fatalf("loaded %d, %v, want %d", cp.Metrics.CodeOverflow, err, n)
	}
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(40 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

// Members that come and go move nothing; when the leader leaves, another one leads at
// once, with the saved checkpoint.
func TestOneLeads(t *testing.T) {
	_, cfg := cluster(t)
	first := open(t, cfg)
	wantLead(t, lead(t, first))
	wantLoad(t, first, 0)
	for n := range 5 {
		if err := first.Save(numbered(n + 1)); err != nil {
			t.Fatal(err)
		}
	}
	var standbys []*Store
	var led []<-chan error
	for range 3 {
		s := open(t, cfg)
		standbys, led = append(standbys, s), append(led, lead(t, s))
	}
	wait(t, "three standbys", func() bool { return len(first.Members().Standbys) == 3 })
	for _, s := range standbys {
		wantStandby(t, s)
	}
	_ = standbys[2].Close()
	if ok, why := first.Leading(); !ok {
		t.Fatalf("it was deposed by members that come and go: %s", why)
	}
	if err := first.Save(numbered(6)); err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	next := 0
	select {
	case err := <-led[0]:
		if err != nil {
			t.Fatal(err)
		}
	case err := <-led[1]:
		if err != nil {
			t.Fatal(err)
		}
		next = 1
	case <-time.After(40 * time.Second):
		t.Fatal("no member leads")
	}
	wantLoad(t, standbys[next], 6)
	if err := standbys[next].Save(numbered(7)); err != nil {
		t.Fatal(err)
	}
	wantStandby(t, standbys[1-next])
}

// A leader that was replaced without its notice can not save: it is deposed.
func TestFencing(t *testing.T) {
	_, cfg := cluster(t)
	zombie := open(t, cfg)
	wantLead(t, lead(t, zombie))
	wantLoad(t, zombie, 0)
	if err := zombie.Save(numbered(1)); err != nil {
		t.Fatal(err)
	}
	next := open(t, cfg)
	if err := next.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := next.takeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, next, 1)
	if err := zombie.Save(numbered(2)); !errors.Is(err, ErrDeposed) {
		t.Errorf("the zombie saved: %v", err)
	}
	select {
	case <-zombie.Lost():
	default:
		t.Error("the zombie does not know that it is deposed")
	}
	if ok, why := zombie.Leading(); ok || !strings.Contains(why, "another member leads") {
		t.Errorf("the zombie leads: %v, %q", ok, why)
	}
	third := open(t, cfg)
	if err := third.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := third.takeOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, third, 1)
}

// A leader that the coordinator removed from the group notices it with the next heartbeat.
func TestRemovedFromGroup(t *testing.T) {
	_, cfg := cluster(t)
	s := open(t, cfg)
	wantLead(t, lead(t, s))
	client, err := cfg.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	id, _ := s.member.Load().client.GroupMetadata()
	req := kmsg.NewPtrLeaveGroupRequest()
	m := kmsg.NewLeaveGroupRequestMember()
	m.MemberID = id
	req.Group, req.Members = "g", []kmsg.LeaveGroupRequestMember{m}
	if _, err := req.RequestWith(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Lost():
	case <-time.After(30 * time.Second):
		t.Fatal("it does not know")
	}
	if err := s.Save(numbered(1)); !errors.Is(err, ErrDeposed) {
		t.Errorf("it saved: %v", err)
	}
}

// noise returns JSON text that does not get smaller by compression.
func noise(n int) json.RawMessage {
	b := make([]byte, n)
	for i := range b {
		b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[rand.IntN(64)]
	}
	return json.RawMessage(`"` + string(b) + `"`)
}

// A checkpoint that is larger than a record may be is several; one that is too large is
// an error, after which a smaller one is saved.
func TestLargeCheckpoint(t *testing.T) {
	_, cfg := cluster(t)
	s := open(t, cfg)
	wantLead(t, lead(t, s))
	var last json.RawMessage
	for _, size := range []int{10, 5 << 20, 1 << 20, 3 << 20} {
		last = noise(size)
		if err := s.Save(state.Checkpoint{Alerts: last}); err != nil {
			t.Fatal(err)
		}
	}
	var large *TooLargeError
	if err := s.Save(state.Checkpoint{Alerts: noise(30 << 20)}); !errors.As(err, &large) {
		t.Errorf("%v, want that it is too large", err)
	}
	if ok, why := s.Leading(); !ok {
		t.Errorf("it was deposed: %s", why)
	}
	next := open(t, cfg)
	if err := next.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	cp, err := next.Load()
	if err != nil || !bytes.Equal(cp.Alerts, last) {
		t.Errorf("loaded %d bytes, %v, want the last %d", len(cp.Alerts), err, len(last))
	}
	if st := s.Stats(); st.Failures != 1 || st.LastSuccess.IsZero() || st.Size < 2<<20 {
		t.Errorf("%+v", st)
	}
}

// The newest checkpoint is found before many records that are none.
func TestFoundFarBack(t *testing.T) {
	_, cfg := cluster(t)
	s := open(t, cfg)
	wantLead(t, lead(t, s))
	if err := s.Save(numbered(9)); err != nil {
		t.Fatal(err)
	}
	client, err := cfg.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n := range 3 * lookBack {
		r := &kgo.Record{Topic: kafka.StateTopic("g"), Key: fmt.Append(nil, n), Value: []byte("not a checkpoint")}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	next := open(t, cfg)
	if err := next.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, next, 9)
}

func TestAssembler(t *testing.T) {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	pack := func(n uint64, size int) []*kgo.Record {
		records, _, err := p.pack("t", n, func(w io.Writer) error {
			_, err := w.Write(noise(size))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			r.Value = bytes.Clone(r.Value)
		}
		return records
	}
	big, small, other := pack(1, 3*partBytes), pack(2, 100), pack(3, 2*partBytes)
	if len(big) < 3 || len(small) != 1 || len(other) < 2 {
		t.Fatalf("%d, %d and %d parts", len(big), len(small), len(other))
	}
	for _, tt := range []struct {
		name    string
		records []*kgo.Record
		want    uint64
	}{
		{"none", nil, 0},
		{"one", small, 2},
		{"several", big, 1},
		{"half", other[:1], 0},
		{"the last one is half", append(append([]*kgo.Record{}, big...), other[:1]...), 1},
		{"compacted: the end of an older one is before a newer one", append(big[2:], small...), 2},
		{"compacted: half of an older one between", append(append(append([]*kgo.Record{}, small...), big[1:]...), other...), 3},
		{"another writer's", append([]*kgo.Record{{Value: []byte("x"), Headers: []kgo.RecordHeader{{Key: partPlace, Value: []byte("short")}}}}, small...), 2},
	} {
		var a assembler
		for _, r := range tt.records {
			a.add(r)
		}
		if a.number != tt.want || (a.packed != nil) != (tt.want != 0) {
			t.Errorf("%s: found %d, want %d", tt.name, a.number, tt.want)
		}
	}
}

// An answer counts from when its request was sent, and confirms the request before.
func TestPulse(t *testing.T) {
	var p pulse
	beat := func(key kmsg.Key, sent time.Duration, err error) {
		p.OnBrokerWrite(kgo.BrokerMetadata{}, key.Int16(), 1, sent/2, sent-sent/2, nil)
		p.OnBrokerRead(kgo.BrokerMetadata{}, key.Int16(), 1, 0, 0, err)
	}
	age := func() time.Duration { return p.age(time.Now()).Round(time.Minute) }
	if age() < 100*24*time.Hour {
		t.Errorf("alive without an answer: %s", age())
	}
	beat(kmsg.Heartbeat, 30*time.Minute, nil)
	beat(kmsg.Heartbeat, 20*time.Minute, nil)
	if age() != 30*time.Minute {
		t.Errorf("age %s, want 30m: the answer to the last one is not confirmed", age())
	}
	beat(kmsg.Fetch, 0, nil)
	beat(kmsg.Heartbeat, 0, errors.New("connection closed"))
	if age() != 30*time.Minute {
		t.Errorf("age %s after no answer, want 30m", age())
	}
	beat(kmsg.Heartbeat, 10*time.Minute, nil)
	if age() != 20*time.Minute {
		t.Errorf("age %s, want 20m", age())
	}
}

// Offsets of the group follow saved checkpoints.
func TestGroupOffsets(t *testing.T) {
	_, cfg := cluster(t)
	s := open(t, cfg)
	wantLead(t, lead(t, s))
	cp := state.Checkpoint{Metrics: metrics.State{Positions: []tailer.Position{
		{Input: kafka.InputName, Source: "bus", Name: "logs/1", Offset: 42}, {Source: "bus", Name: "/var/log/x/1", Offset: 7},
	}}}
	if err := s.Save(cp); err != nil {
		t.Fatal(err)
	}
	client, err := cfg.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	wait(t, "the offset", func() bool {
		offsets, err := admin.FetchOffsets(t.Context(), "g")
		o, ok := offsets.Lookup("logs", 1)
		return err == nil && ok && o.At == 42
	})
}

// A topic in which the checkpoint would not last is refused.
func TestTopicRefused(t *testing.T) {
	for _, tt := range []struct {
		partitions int32
		policy     string
		want       string
	}{{1, "compact", ""}, {1, "delete", "set it to compact"}, {2, "compact", "has 2 partitions"}} {
		c, cfg := cluster(t)
		if err := c.CreateTopic(kafka.StateTopic("g"), tt.partitions, map[string]string{"cleanup.policy": tt.policy}); err != nil {
			t.Fatal(err)
		}
		err := createTopic(t.Context(), cfg, Options{Log: slog.New(slog.DiscardHandler)})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
