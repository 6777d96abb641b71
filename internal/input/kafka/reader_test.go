package kafka

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"wvwatch/internal/tailer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeCluster starts a cluster in this process, and returns what reads its topic logs.
func fakeCluster(t *testing.T, options ...kfake.Opt) (*kfake.Cluster, Config) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, Config{Brokers: c.ListenAddrs(), Topics: []string{"logs"}, Group: "g", Start: "beginning"}
}

func newClient(t *testing.T, cfg Config, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := cfg.Client(slog.New(slog.DiscardHandler), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// send produces records to partition id of topic logs and waits for them.
func send(t *testing.T, cl *kgo.Client, id int32, values ...string) {
	t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: "logs", Partition: id, Value: []byte(v)})
	}
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func manual() []kgo.Opt {
	return []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(64 << 20), kgo.BrokerMaxWriteBytes(100 << 20)}
}

// ledger is a tailer.Sink that keeps lines and positions together, as the real one does.
// It holds the last line back where it may go on.
type ledger struct {
	mu        sync.Mutex
	parsed    []string
	lines     []string
	times     []int64
	positions map[tailer.ID]tailer.Position
	behind    bool
}

func newLedger() *ledger { return &ledger{positions: map[tailer.ID]tailer.Position{}} }

func (l *ledger) Parse(b tailer.Batch) int {
	l.parsed, l.behind = l.parsed[:0], b.CatchingUp
	n := len(b.Lines)
	if b.Settled < n {
		n = bytes.LastIndexByte(b.Lines[:n-1], '\n') + 1
	}
	for i, line := range bytes.Split(b.Lines[:n], []byte("\n")) {
		if len(line) > 0 {
			l.parsed = append(l.parsed, string(line))
			l.times = append(l.times, b.TimeOf(i))
		}
	}
	return n
}

func (l *ledger) Commit(p tailer.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines, l.positions[p.ID] = append(l.lines, l.parsed...), p
	l.parsed = l.parsed[:0]
}

func (l *ledger) Forget(tailer.ID) {}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// checkpoint returns a copy of l, as a save does.
func (l *ledger) checkpoint() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &ledger{lines: slices.Clone(l.lines), positions: maps.Clone(l.positions)}
}

func (l *ledger) saved() []tailer.Position {
	return slices.Collect(maps.Values(l.checkpoint().positions))
}

// start runs a reader of cfg into l until stop is called.
func start(t *testing.T, cfg Config, l *ledger, labels ...string) (r *Reader, stop func()) {
	t.Helper()
	r = NewReader(cfg, Options{Source: "bus", Labels: labels, Log: slog.New(slog.DiscardHandler)}, l.saved(), tailer.Counts{}, l)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return r, stop
}

// wait waits until ok is true.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("waited in vain for " + what)
		}
	}
}

func caughtUp(r *Reader) func() bool {
	return func() bool {
		select {
		case <-r.CaughtUp():
			return true
		default:
			return false
		}
	}
}

func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%d lines, want %d; first of both: %.60q, %.60q", len(got), len(want), got[:min(3, len(got))], want[:min(3, len(want))])
	}
}

// A reader that is replaced at any moment by one that begins at the last checkpoint
// counts each line once: records of one line, of many, empty ones, on three partitions.
func TestEachLineOnce(t *testing.T) {
	_, cfg := fakeCluster(t, kfake.SeedTopics(3, "logs"))
	producer := newClient(t, cfg, manual()...)
	rnd := rand.New(rand.NewPCG(1, 2))
	var want []string
	n := 0
	produce := func() {
		for range 40 {
			var lines []string
			for range rnd.IntN(5) {
				n++
				lines = append(lines, fmt.Sprintf("line %d %s", n, strings.Repeat("x", rnd.IntN(3000))))
			}
			want = append(want, lines...)
			send(t, producer, int32(rnd.IntN(3)), strings.Join(lines, "\n")+strings.Repeat("\n", rnd.IntN(2)))
		}
	}
	l := newLedger()
	for range 12 {
		produce()
		before := l.count()
		_, stop := start(t, cfg, l)
		wait(t, "some lines", func() bool { return l.count() > before })
		saved := l.checkpoint()
		time.Sleep(time.Duration(rnd.IntN(20)) * time.Millisecond)
		stop() // killed: what was counted after the checkpoint is forgotten
		l = saved
		l.positions = maps.Clone(saved.positions)
	}
	r, _ := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, want)
	if st := r.KafkaStats(); st.LagRecords != 0 || st.Lag != 0 || st.Partitions != 3 || st.LostRecords != 0 {
		t.Errorf("%+v", st)
	}
}

// Where a group has never read, start sets where it begins, once: what is produced
// between the first start and the next counts. A new partition is read from its
// beginning.
func TestStart(t *testing.T) {
	for _, tt := range []struct {
		start string
		want  []string
	}{{"beginning", []string{"old", "new"}}, {"end", []string{"new"}}, {"", []string{"new"}}} {
		t.Run(tt.start, func(t *testing.T) {
			_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
			cfg.Start = tt.start
			producer := newClient(t, cfg, manual()...)
			send(t, producer, 0, "old")
			l := newLedger()
			r, stop := start(t, cfg, l)
			wait(t, "the end", caughtUp(r))
			stop()
			send(t, producer, 0, "new")
			r, stop = start(t, cfg, l)
			wait(t, "the end", caughtUp(r))
			stop()
			wantLines(t, l.lines, tt.want)

			if _, err := kadm.NewClient(producer).CreatePartitions(t.Context(), 1, "logs"); err != nil {
				t.Fatal(err)
			}
			producer.ForceMetadataRefresh()
			wait(t, "the partition", func() bool {
				return producer.ProduceSync(t.Context(), &kgo.Record{Topic: "logs", Partition: 1, Value: []byte("later")}).FirstErr() == nil
			})
			r, _ = start(t, cfg, l)
			wait(t, "the end", caughtUp(r))
			wantLines(t, l.checkpoint().lines, append(slices.Clone(tt.want), "later"))
		})
	}
}

// What retention deleted before it was read is counted as lost, at the start and later.
func TestRetention(t *testing.T) {
	c, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	producer := newClient(t, cfg, manual()...)
	send(t, producer, 0, "a", "b")
	l := newLedger()
	r, stop := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	stop()
	send(t, producer, 0, "c", "d", "e", "f")
	if err := c.DeleteRecords("logs", 0, 5); err != nil {
		t.Fatal(err)
	}
	r, stop = start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, []string{"a", "b", "f"})
	if got := r.KafkaStats().LostRecords; got != 3 {
		t.Errorf("%d records lost, want 3", got)
	}
	if got := r.Stats().Counts.LostRecords; got != 3 {
		t.Errorf("%d records lost in what a checkpoint keeps, want 3", got)
	}
	stop()

	// All is deleted.
	send(t, producer, 0, "g", "h")
	if err := c.DeleteRecords("logs", 0, -1); err != nil {
		t.Fatal(err)
	}
	r, _ = start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	if got := r.KafkaStats().LostRecords; got != 2 {
		t.Errorf("%d records lost, want 2", got)
	}
	send(t, producer, 0, "i")
	wait(t, "the last line", func() bool { return l.count() == 4 })
}

// A topic that is deleted and created again is read from its beginning, also while it
// is read.
func TestTopicCreatedAgain(t *testing.T) {
	c, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	producer := newClient(t, cfg, manual()...)
	send(t, producer, 0, "a", "b", "c")
	l := newLedger()
	r, stop := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	stop()
	if err := c.DeleteTopic("logs"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic("logs", 1, nil); err != nil {
		t.Fatal(err)
	}
	producer = newClient(t, cfg, manual()...)
	send(t, producer, 0, "d")
	r, stop = start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, []string{"a", "b", "c", "d"})
	stop()
}

// rawBatch produces a batch with payload as its records.
func rawBatch(t *testing.T, cl *kgo.Client, records int32, attributes int16, payload []byte) {
	t.Helper()
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, Attributes: attributes, LastOffsetDelta: records - 1, NumRecords: records,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, Records: payload, FirstTimestamp: 1, MaxTimestamp: 1,
	}
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - 12)
	raw = b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	raw = b.AppendTo(nil)
	part := kmsg.NewProduceRequestTopicPartition()
	part.Records = raw
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic, topic.Partitions = "logs", []kmsg.ProduceRequestTopicPartition{part}
	topics, err := kadm.NewClient(cl).ListTopics(t.Context(), "logs")
	if err != nil {
		t.Fatal(err)
	}
	topic.TopicID = topics["logs"].ID
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis, req.Topics = -1, 1000, []kmsg.ProduceRequestTopic{topic}
	leader, _, err := cl.PartitionLeader("logs", 0)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := cl.Broker(int(leader)).Request(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if err := kerr.ErrorForCode(answer.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode); err != nil {
		t.Fatal(err)
	}
}

// A batch that can not be unpacked, one that is larger than a response may be, and one
// that unpacks to too much are stepped over and counted; what is before and after
// them counts.
func TestPoison(t *testing.T) {
	const zstd = 4
	bomb := strings.Repeat("b", maxBatch+1)
	huge := make([]byte, maxResponse+1000)
	for i := range huge {
		huge[i] = 'a' + byte(rand.Uint32()%26)
	}
	for _, tt := range []struct {
		name  string
		put   func(t *testing.T, cl *kgo.Client)
		count int64
	}{
		{"broken compression", func(t *testing.T, cl *kgo.Client) { rawBatch(t, cl, 3, zstd, []byte("this is not zstd")) }, 3},
		{"too large", func(t *testing.T, cl *kgo.Client) { send(t, cl, 0, string(huge)) }, 1},
		{"too large, several records", func(t *testing.T, cl *kgo.Client) {
			send(t, cl, 0, string(huge[:len(huge)/2]), string(huge[len(huge)/2:]), "c", "d", "e")
		}, 5},
		{"unpacks to too much", func(t *testing.T, cl *kgo.Client) { send(t, cl, 0, bomb) }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, cfg := fakeCluster(t, kfake.SeedTopics(2, "logs"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "67108864"}))
			codec := kgo.NoCompression()
			if strings.HasPrefix(tt.name, "unpacks") {
				codec = kgo.ZstdCompression()
			}
			producer := newClient(t, cfg, append(manual(), kgo.ProducerBatchCompression(codec), kgo.MaxBufferedBytes(100<<20), kgo.ProducerLinger(50*time.Millisecond))...)
			send(t, producer, 0, "before")
			tt.put(t, producer)
			send(t, producer, 0, "after", "further")
			send(t, producer, 1, "elsewhere")
			l := newLedger()
			r, _ := start(t, cfg, l)
			wait(t, "the end", caughtUp(r))
			wantLines(t, l.checkpoint().lines, []string{"before", "after", "further", "elsewhere"})
			if got := r.KafkaStats().PoisonRecords; got != tt.count {
				t.Errorf("%d records stepped over, want %d", got, tt.count)
			}
		})
	}
}

// A line that is too long is skipped and counted, wherever it is in its record.
func TestOverlongLine(t *testing.T) {
	_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "67108864"}))
	producer := newClient(t, cfg, manual()...)
	long := strings.Repeat("x", maxLine+1)
	send(t, producer, 0, "a\n"+long+"\nb", long, "c")
	l := newLedger()
	r, _ := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, []string{"a", "b", "c"})
	if got := r.Stats().OverlongLines; got != 2 {
		t.Errorf("%d lines skipped, want 2", got)
	}
}

// Aborted transactions do not count, and the markers after a transaction do not
// keep a reader from the end.
func TestTransactions(t *testing.T) {
	_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	producer := newClient(t, cfg, append(manual(), kgo.TransactionalID("p"))...)
	for i, commit := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryAbort} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		send(t, producer, 0, fmt.Sprint("line ", i))
		if err := producer.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	l := newLedger()
	r, _ := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, []string{"line 0", "line 2"})
	wait(t, "no lag", func() bool { return r.KafkaStats().LagRecords == 0 })
}

// Headers, key and topic give labels; OTLP and arrays become lines; each line has the
// time of its record.
func TestValues(t *testing.T) {
	_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	producer := newClient(t, cfg, manual()...)
	at := time.UnixMilli(1_700_000_000_000)
	for i, r := range []*kgo.Record{
		{Value: []byte("plain\nlines\n")},
		{Value: []byte("x"), Key: []byte(`k"1`), Headers: []kgo.RecordHeader{{Key: "Region", Value: []byte("eu")}, {Key: "other", Value: []byte("no")}}},
		{Value: []byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"}},{"body":{"stringValue":"two"}}]}]}]}`)},
		{Value: []byte(`[{"a":1},{"a":2}]`)},
		{Value: []byte(`[pool-1] no array`)},
		{Value: nil, Key: []byte("tombstone")},
	} {
		r.Topic, r.Timestamp = "logs", at.Add(time.Duration(i)*time.Second)
		if err := producer.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	l := newLedger()
	r, stop := start(t, cfg, l, "region", "kafka.key", "kafka.topic")
	wait(t, "the end", caughtUp(r))
	stop()
	const topic = ` kafka.topic="logs"] `
	want := []string{
		"<14>1 - - - - - [labels" + topic + "plain", "<14>1 - - - - - [labels" + topic + "lines",
		`<14>1 - - - - - [labels region="eu" kafka.key="k\"1"` + topic + "x",
		"<14>1 - - - - - [labels" + topic + "one", "<14>1 - - - - - [labels" + topic + "two",
		"<14>1 - - - - - [labels" + topic + `{"a":1}`, "<14>1 - - - - - [labels" + topic + `{"a":2}`,
		"<14>1 - - - - - [labels" + topic + "[pool-1] no array",
	}
	if !slices.Equal(l.lines, want) {
		t.Errorf("got %q", l.lines)
	}
	last := l.times[len(l.times)-len(want):]
	for i, second := range []int64{0, 0, 1, 2, 2, 3, 3, 4} {
		if got := last[i]; got != at.Add(time.Duration(second)*time.Second).UnixNano() {
			t.Errorf("line %d is of %s", i, time.Unix(0, got).UTC())
		}
	}
}

// Offsets of the group follow saved checkpoints, and are where a reader without a
// checkpoint goes on.
func TestGroupOffsets(t *testing.T) {
	_, cfg := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	producer := newClient(t, cfg, manual()...)
	send(t, producer, 0, "a", "b", "c")
	l := newLedger()
	r, stop := start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	r.Saved(l.saved())
	admin := kadm.NewClient(producer)
	wait(t, "the offset", func() bool {
		offsets, err := admin.FetchOffsets(t.Context(), "g")
		o, ok := offsets.Lookup("logs", 0)
		return err == nil && ok && o.At == 3
	})
	stop()
	send(t, producer, 0, "d")
	l = newLedger()
	r, _ = start(t, cfg, l)
	wait(t, "the end", caughtUp(r))
	wantLines(t, l.checkpoint().lines, []string{"d"})
}

// A reader begins when the brokers can be reached, and the topic exists.
func TestLaterCluster(t *testing.T) {
	c, cfg := fakeCluster(t)
	l := newLedger()
	r, _ := start(t, cfg, l)
	wait(t, "an error", func() bool { return r.KafkaStats().Errors > 0 })
	if err := c.CreateTopic("logs", 1, nil); err != nil {
		t.Fatal(err)
	}
	send(t, newClient(t, cfg, manual()...), 0, "a")
	wait(t, "the line", func() bool { return l.count() == 1 })
}
