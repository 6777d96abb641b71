package tailer

import (
	"bytes"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ledger counts each numbered line, and keeps the positions next to the counts.
type ledger struct {
	mu         sync.Mutex
	epoch      int
	ended      int // the last epoch with a tailer that has ended
	counts     map[numbered]int
	positions  map[ID]Position
	checkpoint struct {
		counts    map[numbered]int
		positions map[ID]Position
	}
	other  []string // lines without a number
	broken atomic.Int64
	slow   atomic.Int64 // nanoseconds that a Parse takes
}

// numbered is a line as one source read it.
type numbered struct {
	source string
	n      int
}

func newLedger() *ledger {
	l := &ledger{counts: map[numbered]int{}, positions: map[ID]Position{}}
	l.save()
	return l
}

// begin starts a run; what older runs' sinks still send is ignored.
func (l *ledger) begin() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	return l.epoch
}

// end notes that the tailer of the run that began as epoch has ended.
func (l *ledger) end(epoch int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = epoch
}

// save is a checkpoint.
func (l *ledger) save() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checkpoint.counts, l.checkpoint.positions = clone(l.counts), clone(l.positions)
}

// revert goes back to the last checkpoint and ends the run.
func (l *ledger) revert() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	l.counts, l.positions = clone(l.checkpoint.counts), clone(l.checkpoint.positions)
}

func (l *ledger) saved() []Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Position
	for _, p := range l.positions {
		all = append(all, p)
	}
	return all
}

// unfinished returns how many texts are still to be read.
func (l *ledger) unfinished() int {
	n := 0
	for _, p := range l.saved() {
		if !p.Finished && p.Followed == 0 {
			n++
		}
	}
	return n
}

// compare holds each count of each source against what was written.
func (l *ledger) compare(sources []Config, written int, maybe map[int]bool) (lost, doubled []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range sources {
		for n := 1; n <= written; n++ {
			switch c := l.counts[numbered{s.Name, n}]; {
			case c == 0 && !maybe[n]:
				lost = append(lost, n)
			case c > 1:
				doubled = append(doubled, n)
			}
		}
	}
	for line := range l.counts {
		if line.n < 1 || line.n > written {
			doubled = append(doubled, line.n) // never written
		}
	}
	return lost, doubled
}

func (l *ledger) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.counts)
}

// others returns the lines without a number.
func (l *ledger) others() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.other...)
}

// sink reads "#0000042 text" lines. A joining one keeps back the last record, as
// a parser must while it does not know whether lines follow that belong to it.
type sink struct {
	ledger  *ledger
	epoch   int
	source  string
	joining bool
	numbers []int
	other   []string
	parsed  bool
	busy    atomic.Bool
}

func (s *sink) Parse(b Batch) int {
	if s.busy.Swap(true) {
		panic("one sink, two goroutines")
	}
	defer s.busy.Store(false)
	if d := s.ledger.slow.Load(); d > 0 {
		time.Sleep(time.Duration(d))
	}
	s.numbers, s.other, s.parsed = s.numbers[:0], s.other[:0], true
	consumed := 0
	for consumed < len(b.Lines) {
		rest := b.Lines[consumed:]
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		if s.joining && consumed+n == len(b.Lines) && b.Settled < len(b.Lines) && (consumed > 0 || n < maxRecord) {
			break
		}
		s.line(rest[:n])
		consumed += n
	}
	return consumed
}

func (s *sink) line(b []byte) {
	if len(b) > 8 && b[0] == '#' {
		if n, err := strconv.Atoi(string(b[1:8])); err == nil {
			s.numbers = append(s.numbers, n)
			return
		}
	}
	s.other = append(s.other, string(b))
}

func (s *sink) Commit(p Position) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if !s.parsed || s.epoch <= l.ended {
		l.broken.Add(1)
	}
	s.parsed = false
	if s.epoch != l.epoch {
		return
	}
	for _, n := range s.numbers {
		l.counts[numbered{s.source, n}]++
	}
	l.other = append(l.other, s.other...)
	l.positions[p.ID] = p
}

func (s *sink) Forget(id ID) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.epoch == l.epoch {
		delete(l.positions, id)
	}
}
