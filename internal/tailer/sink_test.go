package tailer

import (
	"context"
	"sync/atomic"
	"testing"
)

// The sinks that read a backlog are dropped with it, and what they keep for their next
// block; what is written later is read by new ones.
func TestSinksOfABacklogAreDropped(t *testing.T) {
	w := newWorld(t, false)
	l := w.open("app.log").write(1000)
	var made atomic.Int64
	epoch := w.ledger.begin()
	w.options.Readers = 1
	followed, err := New(w.sources, nil, func(source string) Sink {
		made.Add(1)
		return &sink{ledger: w.ledger, epoch: epoch, source: source}
	}, w.options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- followed.Run(ctx) }()
	<-followed.CaughtUp()
	dropped := func() bool {
		r := <-followed.readers
		defer func() { followed.readers <- r }()
		return len(r.sinks) == 0
	}
	w.until("no sink", dropped)
	before := made.Load()
	l.write(10)
	w.read()
	if n := made.Load() - before; n != 1 {
		t.Errorf("%d sinks were made after the backlog, want 1", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
