package tailer

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

var (
	soakTime = flag.Duration("soak", 4*time.Second, "how long TestSoak mixes stories")
	soakSeed = flag.Uint64("seed", 0, "seed of the only mix TestSoak runs; 0 for new ones")
)

// TestSoak mixes the stories at random, in rounds of their own seed. Run it for
// long with -run Soak -soak 10m; a round that failed comes back with -seed. What
// memory it takes must not grow from round to round.
func TestSoak(t *testing.T) {
	began := time.Now()
	var held memories
	lines := 0
	defer func() {
		t.Logf("%d lines, each counted once where nothing is said against it", lines)
		held.flat(t, *soakTime >= time.Minute)
	}()
	for round := 0; round == 0 || time.Since(began) < *soakTime; round++ {
		seed := uint64(began.UnixNano()) + uint64(round)
		if *soakSeed != 0 {
			seed = *soakSeed
		}
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) { lines += soak(t, seed) })
		held.sample(t)
		if !ok || *soakSeed != 0 {
			return
		}
	}
}

// soak is one round: some files under a glob, one of them also through a symlink.
// It returns how many lines were written.
func soak(t *testing.T, seed uint64) int {
	r := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, r.IntN(2) == 0)
	w.options.PollInterval = time.Duration(1+r.IntN(60)) * time.Millisecond
	w.options.Block = 1 << (10 + r.IntN(9))
	w.options.Drain = time.Duration(500+r.IntN(2000)) * time.Millisecond
	w.options.Readers = 1 + r.IntN(3)
	w.sources[0].Files = [][]string{{w.path("*.log")}, {w.path("*.log*")}, {w.path("a.log"), w.path("b.log"), w.path("c.log")}}[r.IntN(3)]
	var tellers []*teller
	var told []string
	tell := func(what string) { told = append(told, fmt.Sprintf("%s@%d", what, w.count())) }
	for _, name := range []string{"a.log", "b.log", "c.log"} {
		tellers = append(tellers, &teller{w: w, r: rand.New(rand.NewPCG(seed, uint64(name[0]))), name: name, log: w.open(name).write(20)})
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("joining %v, %+v, files %v", w.joining, w.options, w.sources[0].Files)
			for _, s := range tellers {
				t.Log(s.name, s.told)
			}
			t.Log(told)
		}
	})
	w.start()
	w.read()
	w.ledger.save()
	save := w.sustained(10*time.Millisecond, w.ledger.save)
	for range 30 {
		for _, s := range tellers {
			s.act()
		}
		time.Sleep(time.Duration(r.IntN(40)) * time.Millisecond)
		switch r.IntN(14) {
		case 0:
			tell("stop")
			w.stop()
			tellers[r.IntN(3)].act()
			w.start()
		case 1:
			tell("kill")
			w.kill()
			tellers[r.IntN(3)].act()
			tellers[r.IntN(3)].act()
			w.start()
		case 2:
			tell("slow")
			w.ledger.slow.Store(int64(r.IntN(20)) * int64(time.Millisecond))
		case 3, 4:
			w.ledger.slow.Store(0)
		}
	}
	save()
	w.ledger.slow.Store(0)
	for _, s := range tellers {
		s.finish()
	}
	w.check()
	w.kill()
	w.start()
	w.check()
	return w.count()
}

// teller writes one log and rotates it in one way or another.
type teller struct {
	w    *world
	r    *rand.Rand
	name string
	log  *log
	old  *log // still written to after a rotation
	kept time.Time
	half []byte // of a line, to come
	told []string
}

func (s *teller) act() {
	w, r := s.w, s.r
	acts := []struct {
		name string
		do   func()
	}{
		{"write", func() { s.write(1 + r.IntN(40)) }},
		{"write many", func() { s.write(r.IntN(2000)) }},
		{"half", func() {
			s.write(1)
			line := w.next(1)
			n := 1 + r.IntN(len(line)-1)
			s.log.raw(line[:n])
			s.half = line[n:]
		}},
		{"rename", func() {
			w.shift(s.name)
			s.write(r.IntN(5))
			s.reopen()
		}},
		{"rename, keep the old one open", func() {
			s.whole()
			w.shift(s.name)
			old := s.log
			s.log = w.open(s.name).write(1 + r.IntN(20))
			old.write(3)
			s.log.write(3)
			if s.old != nil {
				s.old.close()
			}
			s.old, s.kept = old, time.Now()
		}},
		{"late", func() {
			s.late()
		}},
		{"rename and gzip", func() {
			s.write(1)
			w.shift(s.name)
			s.reopen()
			if s.old == nil {
				w.run("gzip", "-q", w.path(s.name+".1"))
			}
		}},
		{"renames", func() {
			for range 1 + r.IntN(4) {
				s.write(1 + r.IntN(5))
				w.shift(s.name)
				s.reopen()
			}
		}},
		{"dated", func() {
			s.write(1)
			w.rename(s.name, fmt.Sprintf("%s-2026%08d", s.name, w.count()))
			s.reopen()
		}},
		{"copytruncate", func() {
			s.write(1)
			s.shiftOld()
			w.copytruncate(s.name, s.name+".1")
			s.write(r.IntN(50))
		}},
		{"away and back", func() {
			w.rename(s.name, s.name+".x")
			s.write(2)
			time.Sleep(time.Duration(r.IntN(30)) * time.Millisecond)
			w.rename(s.name+".x", s.name)
			s.write(2)
		}},
	}
	a := acts[r.IntN(len(acts))]
	s.told = append(s.told, fmt.Sprintf("%s@%d", a.name, w.count()))
	a.do()
}

// whole writes the other half of a line.
func (s *teller) whole() {
	if s.half != nil {
		s.log.raw(s.half)
		s.half = nil
	}
}

func (s *teller) write(n int) {
	s.whole()
	s.log.write(n)
}

func (s *teller) reopen() {
	s.whole()
	s.log.close()
	s.log = s.w.open(s.name).write(1 + s.r.IntN(10))
}

// shiftOld makes room for name.1.
func (s *teller) shiftOld() {
	st, err := os.Stat(s.w.path(s.name + ".1"))
	if _, gz := os.Stat(s.w.path(s.name + ".1.gz")); err == nil && st != nil || gz == nil {
		s.w.rename(s.name, s.name+".tmp")
		s.w.put(s.name, 0)
		s.w.shift(s.name) // all but the live one
		s.w.remove(s.name + ".1")
		s.w.rename(s.name+".tmp", s.name)
	}
}

func (s *teller) finish() {
	s.whole()
	s.log.write(5).close()
	s.late()
}

// late writes to the rotated file, unless it is that late that it may be taken
// for finished.
func (s *teller) late() {
	if s.old != nil {
		if time.Since(s.kept) < s.w.options.Drain/2 {
			s.old.write(2)
		}
		s.old.close()
		s.old = nil
	}
}
