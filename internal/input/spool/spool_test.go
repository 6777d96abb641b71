package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

func TestCountedOnceOverRestarts(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	var want []string
	for run := range 4 {
		w := open(t, dir, Options{Segment: 200}, l)
		for i := range 5 {
			line := fmt.Sprintf("run %d line %d", run, i)
			w.send(Batch{Lines: []byte(line + "\n")})
			want = append(want, line)
		}
		if run%2 == 0 {
			w.wants(want...)
		}
		w.stop()
	}
	open(t, dir, Options{}, l).wants(want...)
}

func TestLastLineGetsItsNewline(t *testing.T) {
	w := open(t, t.TempDir(), Options{}, &ledger{})
	w.send(Batch{Lines: []byte("a\nb")})
	w.send(Batch{Lines: []byte("c")})
	w.wants("a", "b", "c")
}

// A record goes on in the next batch of its stream, and not in that of another one,
// nor after a silence.
func TestStreams(t *testing.T) {
	w := open(t, t.TempDir(), Options{Delay: 100 * time.Millisecond}, &ledger{})
	var last Ticket
	for _, b := range []Batch{
		{Stream: 1, Lines: []byte("a\n")}, {Stream: 1, Lines: []byte(" a2\n")},
		{Stream: 2, Lines: []byte(" b\n")},
		{Lines: []byte("c\n")}, {Lines: []byte(" d\n")},
		{Stream: 3, Lines: []byte("e\n")},
	} {
		var err error
		if last, err = w.spool.Append(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := last.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wants("a\n a2", " b", "c", " d", "e")
	w.send(Batch{Stream: 3, Lines: []byte(" late\n")})
	w.wants("a\n a2", " b", "c", " d", "e", " late")
}

func TestReaderStopsInsideBatch(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{}, l)
	w.send(Batch{Stream: 1, Lines: []byte("a\nb\n b2\nc\n")})
	w.wants("a", "b\n b2", "c")
	w.stop()
	for _, taken := range []int{1, 2} { // as a checkpoint in the middle of the batch would have it
		again := &ledger{}
		again.at.Offset = int64(len(magic)+frameHeader) + []int64{0, 2, 8}[taken]
		open(t, dir, Options{}, again).wants([]string{"a", "b\n b2", "c"}[taken:]...)
	}
}

// A reload replaces the reader while the spool goes on in the same segment.
func TestReadersFollowOneAnother(t *testing.T) {
	s, err := Open(t.TempDir(), 0, Options{Delay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	go func() { _ = s.Run(ctx) }()
	l := &ledger{}
	w := &world{t: t, spool: s, ledger: l}
	var want []string
	for i := range 5 {
		reading, stop := context.WithCancel(ctx)
		done := make(chan error)
		r := NewReader(s, "edge", l.at.Offset, tailer.Counts{}, l)
		go func() { done <- r.Run(reading) }()
		<-r.CaughtUp()
		for k := range 2 {
			want = append(want, fmt.Sprintf("reader %d line %d", i, k))
			w.send(Batch{Lines: []byte(want[len(want)-1])})
			w.wants(want...)
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			want = append(want, "between readers")
			w.send(Batch{Lines: []byte("between readers")})
		}
	}
	w.wants(want...)
}

func TestLongBatchesAndLines(t *testing.T) {
	w := open(t, t.TempDir(), Options{}, &ledger{})
	var want []string
	var lines strings.Builder
	for i := range 9000 {
		line := fmt.Sprintf("%d %s", i, strings.Repeat("x", i%300))
		if i == 4000 {
			line = strings.Repeat("y", 700<<10)
		}
		want = append(want, line)
		lines.WriteString(line + "\n")
		if i == 5000 {
			lines.WriteString(strings.Repeat("z", maxLine+10) + "\n") // overlong
		}
	}
	w.send(Batch{Lines: []byte(lines.String())})
	w.wants(want...)
}

func TestRepeats(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 100}, l)
	id := IdentityOf("10.0.0.1", []byte("a\n"))
	batch := Batch{Lines: []byte("a\n"), ID: id}
	if w.send(batch).Repeated || !w.send(batch).Repeated {
		t.Fatal("the second is the repetition")
	}
	if other := IdentityOf("10.0.0.2", []byte("a\n")); w.send(Batch{Lines: []byte("a\n"), ID: other}).Repeated {
		t.Fatal("another sender's batch is another batch")
	}
	w.wants("a", "a")
	w.stop()

	w = open(t, dir, Options{Segment: 100}, l) // after a restart
	if !w.send(batch).Repeated {
		t.Fatal("the batch is not known after a restart")
	}
	w.send(Batch{Lines: []byte(strings.Repeat("b", 100))})
	w.send(Batch{Lines: []byte("c")})
	w.wants("a", "a", strings.Repeat("b", 100), "c")
	w.save()
	w.age()
	w.save()
	if left := files(t, dir); len(left) != 1 {
		t.Fatalf("%d segments are left, want the last one", len(left))
	}
	w.stop()

	w = open(t, dir, Options{}, l) // after its segment was deleted
	if !w.send(batch).Repeated {
		t.Fatal("the batch is not known after its segment was deleted")
	}
}

func TestRecentIsBounded(t *testing.T) {
	var r recent
	for i := range maxRecent + 10 {
		r.add(IdentityOf("a", []byte(fmt.Sprint(i))), int64(i), nil)
	}
	if len(r.groups) != maxRecent || len(r.order) != maxRecent {
		t.Errorf("%d and %d are kept, want %d", len(r.groups), len(r.order), maxRecent)
	}
	if _, known := r.find(IdentityOf("a", []byte("9")), maxRecent); known {
		t.Error("the oldest is still known")
	}
	if _, known := r.find(IdentityOf("a", []byte("100")), 100+int64(repeatTime)+1); known {
		t.Error("one is known after more than ten minutes")
	}
}

func TestFullAndRoomAgain(t *testing.T) {
	l := &ledger{}
	w := open(t, t.TempDir(), Options{MaxBytes: 4000, Segment: 500, Delay: time.Millisecond}, l)
	n := 0
	for {
		_, err := w.spool.Append(context.Background(), Batch{Lines: []byte(strings.Repeat("x", 200) + "\n"), ID: IdentityOf("a", []byte(fmt.Sprint(n)))})
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil || n > 100 {
			t.Fatalf("batch %d: %v", n, err)
		}
		n++
	}
	refused := IdentityOf("a", []byte(fmt.Sprint(n)))
	if s := w.spool.Stats(); s.Bytes > s.MaxBytes {
		t.Errorf("%d bytes, more than %d", s.Bytes, s.MaxBytes)
	}
	room := make(chan error)
	go func() { room <- w.spool.Room(context.Background()) }()
	for len(l.all()) < n {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-room:
		t.Fatalf("there is room though no checkpoint holds what was read: %v", err)
	default:
	}
	for range 2 {
		if err := w.spool.Saved(l.at.Offset); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-room; err != nil {
		t.Fatal(err)
	}
	if w.send(Batch{Lines: []byte("again\n"), ID: refused}).Repeated {
		t.Error("a batch that was refused counts as received")
	}
}

// One checkpoint is not enough to delete a segment: it may be damaged, and the one
// before it is used then.
func TestSegmentsOutliveTheLastCheckpoint(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{Segment: 50}, l)
	w.send(Batch{Lines: []byte(strings.Repeat("a", 60))})
	w.send(Batch{Lines: []byte("b")})
	w.wants(strings.Repeat("a", 60), "b")
	if err := w.spool.Saved(l.at.Offset); err != nil {
		t.Fatal(err)
	}
	w.stop()
	before := &ledger{}
	open(t, dir, Options{}, before).wants(strings.Repeat("a", 60), "b")
}

func TestTornTailIsCutOff(t *testing.T) {
	dir, l := t.TempDir(), &ledger{}
	w := open(t, dir, Options{}, l)
	w.send(Batch{Lines: []byte("first\n")})
	w.send(Batch{Lines: []byte("second\n"), ID: IdentityOf("a", []byte("2"))})
	w.wants("first", "second")
	w.stop()
	whole, err := os.ReadFile(segmentPath(dir, 0))
	if err != nil {
		t.Fatal(err)
	}
	firstEnd := len(magic) + frameHeader + len("first\n")
	for size := firstEnd; size < len(whole); size++ {
		torn := t.TempDir()
		if err := os.WriteFile(segmentPath(torn, 0), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		w := open(t, torn, Options{Delay: time.Millisecond}, &ledger{})
		if w.send(Batch{Lines: []byte("second\n"), ID: IdentityOf("a", []byte("2"))}).Repeated {
			t.Fatalf("cut at %d: the torn batch counts as received", size)
		}
		w.wants("first", "second")
		w.stop()
	}
	flipped := append([]byte{}, whole...)
	flipped[len(flipped)-2] ^= 1
	torn := t.TempDir()
	if err := os.WriteFile(segmentPath(torn, 0), flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, torn, Options{}, &ledger{}).wants("first")
}

func TestSpoolThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	l := &ledger{}
	w := open(t, dir, Options{Delay: time.Millisecond}, l)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	b := Batch{Lines: []byte("a\n"), ID: IdentityOf("a", []byte("a"))}
	ticket, err := w.spool.Append(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	if ticket.Wait(context.Background()) == nil {
		t.Fatal("acknowledged, though there is no directory")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if w.send(b).Repeated {
		t.Error("a batch that could not be written counts as received")
	}
	w.wants("a")
	if got := w.spool.Stats().Bytes; got != int64(len(magic)+frameHeader+2) {
		t.Errorf("%d bytes", got)
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(append([]byte(magic), frameOf(Batch{Lines: []byte("a\n"), Stream: 3}, 0)...))
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(segmentPath(dir, 0), data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, 0, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.durable > int64(len(data)) {
			t.Errorf("%d of %d bytes are durable", s.durable, len(data))
		}
	})
}
