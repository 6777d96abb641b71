package spool

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/tailer"
)

// ledger is a sink that counts lines; a record goes on in lines that begin with a space.
type ledger struct {
	mu      sync.Mutex
	records []string
	found   []string
	at      tailer.Position
	commits int
}

func (l *ledger) Parse(b tailer.Batch) int {
	l.found = nil
	taken := 0
	for taken < len(b.Lines) {
		end := taken
		for {
			n := bytes.IndexByte(b.Lines[end:], '\n')
			end += n + 1
			if end == len(b.Lines) || b.Lines[end] != ' ' {
				break
			}
		}
		if end == len(b.Lines) && b.Settled < end {
			break
		}
		l.found = append(l.found, strings.TrimSuffix(string(b.Lines[taken:end]), "\n"))
		taken = end
	}
	return taken
}

func (l *ledger) Commit(p tailer.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, l.found...)
	l.found, l.at = nil, p
	l.commits++
}

func (l *ledger) Forget(tailer.ID) {}

func (l *ledger) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.records...)
}

// world is a spool that runs, with a reader.
type world struct {
	t      *testing.T
	dir    string
	spool  *Spool
	ledger *ledger
	stop   func()
}

// open starts a spool in dir and reads it from where l is.
func open(t *testing.T, dir string, o Options, l *ledger) *world {
	t.Helper()
	s, err := Open(dir, l.at.Offset, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	r := NewReader(s, "edge", l.at.Offset, tailer.Counts{}, l)
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, dir: dir, spool: s, ledger: l, stop: sync.OnceFunc(func() { cancel(); work.Wait() })}
	t.Cleanup(w.stop)
	return w
}

// send appends a batch and waits for it.
func (w *world) send(b Batch) Ticket {
	w.t.Helper()
	ticket, err := w.spool.Append(context.Background(), b)
	if err == nil {
		err = ticket.Wait(context.Background())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket
}

// wants waits until exactly these records are counted.
func (w *world) wants(records ...string) {
	w.t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := w.ledger.all()
		if fmt.Sprint(got) == fmt.Sprint(records) {
			return
		}
		if time.Now().After(until) {
			for i := range max(len(got), len(records)) {
				if i >= len(got) || i >= len(records) || got[i] != records[i] {
					w.t.Fatalf("counted %d records, want %d; they differ at %d: %.100q, %.100q", len(got), len(records), i, got[i:min(i+3, len(got))], records[i:min(i+3, len(records))])
				}
			}
		}
	}
}
