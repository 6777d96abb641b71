package tailer

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var stages = flag.Int("stages", 150, "how many of its cases TestDownAtEveryStage draws; 0 for all of them")

// TestDownAtEveryStage stops or kills the daemon before each step of each kind
// of rotation and starts it again after each later one.
func TestDownAtEveryStage(t *testing.T) {
	t.Parallel()
	type downtime struct {
		kind, globs    string
		from, to       int
		killed, waits  bool
		joining, twice bool
	}
	var all []downtime
	for kind, steps := range rotationKinds() {
		for globs := range stageGlobs {
			if strings.Contains(kind, "strange") && globs != "all" && globs != "wide" {
				continue // a copy by no known name can not be recognised, if nothing of it was read
			}
			for from := range steps {
				for to := from; to < len(steps); to++ {
					for bits := range 16 {
						all = append(all, downtime{kind, globs, from, to, bits&1 > 0, bits&2 > 0, bits&4 > 0, bits&8 > 0})
					}
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b downtime) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	if *stages > 0 {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:min(*stages, len(all))]
	}
	for _, d := range all {
		steps := rotationKinds()[d.kind]
		t.Run(fmt.Sprintf("%s %s down %d-%d killed=%v waits=%v joining=%v twice=%v", d.kind, d.globs, d.from, d.to, d.killed, d.waits, d.joining, d.twice), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, d.joining)
			w.options.PollInterval, w.options.RescanInterval, w.options.Silence = 10*time.Millisecond, 30*time.Millisecond, 20*time.Millisecond
			w.sources = nil
			for i, globs := range stageGlobs[d.globs] {
				s := Config{Name: fmt.Sprint("test", i)}
				for _, g := range globs {
					s.Files = append(s.Files, w.path(g))
				}
				w.sources = append(w.sources, s)
			}
			s := &stager{w: w, name: "app.log", log: w.open("app.log").write(100), up: true, killed: d.killed}
			w.start()
			w.read()
			if d.twice { // an older generation of each kind is there
				for _, step := range steps {
					step.do(s)
				}
				w.read()
			}
			w.ledger.save()
			for i, step := range steps {
				s.log.write(1)
				if s.up && d.waits {
					w.read()
				}
				if i == d.from {
					s.up = false
					if d.killed {
						w.kill()
					} else {
						w.stop()
					}
				}
				step.do(s)
				if i == d.to {
					s.up = true
					w.start()
				}
			}
			s.log.write(10)
			w.check()
			w.restart()
			s.log.write(10)
			w.check()
		})
	}
}

// stageGlobs are the sources, by a name of what is distinguished.
var stageGlobs = map[string][][]string{
	"path":  {{"app.log"}},
	"glob":  {{"*.log"}},
	"all":   {{"app.log*"}},
	"wide":  {{"**/app*"}},
	"twice": {{"app.log"}, {"app*"}},
}

// stager writes a log and rotates it step by step.
type stager struct {
	w      *world
	name   string
	log    *log
	old    *log
	up     bool // the tailer runs
	killed bool // and is killed one day: what it read may be forgotten again
	n      int
}

type step struct {
	name string
	do   func(s *stager)
}

// rotationKinds are the ways of rotating, in their steps. Between any two the
// log is written to.
func rotationKinds() map[string][]step {
	shift := step{"shift", func(s *stager) {
		for n := 9; n > 0; n-- {
			for _, ext := range []string{"", ".gz", ".zst"} {
				from := fmt.Sprintf("%s.%d%s", s.name, n, ext)
				if _, err := os.Stat(s.w.path(from)); err == nil {
					s.w.rename(from, fmt.Sprintf("%s.%d%s", s.name, n+1, ext))
				}
			}
		}
	}}
	rename := func(to string) step {
		return step{"rename", func(s *stager) { s.w.rename(s.name, s.numbered(to)) }}
	}
	create := step{"create", func(s *stager) { s.old, s.log = s.log, s.w.open(s.name); s.old.write(2) }}
	closeOld := step{"close", func(s *stager) { s.old.write(2).close() }}
	copyHalf := func(to string) step {
		return step{"copy half", func(s *stager) {
			b := s.read(s.name)
			s.create(s.numbered(to), b[:len(b)/2])
		}}
	}
	copyRest := func(to string) step {
		return step{"copy the rest", func(s *stager) {
			name := s.numbered(to)
			copied := s.w.open(name)
			copied.raw(s.read(s.name)[len(s.read(name)):])
			copied.close()
		}}
	}
	// Lines between the copy and the truncation are held by us alone,
	// if we read them in time and keep what we read.
	window := step{"truncate", func(s *stager) {
		from := s.w.count() // the line before this step is in the window too
		s.log.write(3)
		if s.up && !s.killed {
			s.w.read()
		} else {
			s.lose(from, s.w.count())
		}
		if err := os.Truncate(s.w.path(s.name), 0); err != nil {
			s.w.Fatal(err)
		}
	}}
	packHalf := func(what string, pack packer) step {
		return step{"pack half", func(s *stager) {
			b := pack.pack(s, s.read(s.numbered(what)))
			s.create(s.numbered(what)+pack.ext, b[:len(b)/2])
		}}
	}
	packRest := func(what string, pack packer) step {
		return step{"pack the rest", func(s *stager) {
			name := s.numbered(what)
			st, err := os.Stat(s.w.path(name))
			if err != nil {
				s.w.Fatal(err)
			}
			s.create(name+pack.ext, pack.pack(s, s.read(name)))
			if err := os.Chtimes(s.w.path(name+pack.ext), st.ModTime(), st.ModTime()); err != nil {
				s.w.Fatal(err)
			}
		}}
	}
	unlink := func(what string) step {
		return step{"unlink", func(s *stager) { s.w.remove(s.numbered(what)) }}
	}
	next := step{"next", func(s *stager) { s.n++ }}
	kinds := map[string][]step{
		"create": {shift, rename(".1"), create, closeOld},
		"dated":  {rename("-2026112%d"), create, closeOld, next},
		"infix":  {rename("app-2026112%d.log"), create, closeOld, next},
		"copied in place": {copyHalf("tmp"), {"replace", func(s *stager) {
			s.create("tmp", s.read(s.name))
			s.log.close()
			s.w.rename("tmp", s.name)
			s.log = s.w.open(s.name)
		}}},
	}
	for ext, pack := range packers {
		for name, to := range map[string]string{"": ".1", " dated": "-2026112%d"} {
			kinds["create"+name+" and pack"+ext] = []step{shift, rename(to), create, closeOld, packHalf(to, pack), packRest(to, pack), unlink(to), next}
			kinds["copytruncate"+name+" and pack"+ext] = []step{shift, copyHalf(to), copyRest(to), window, packHalf(to, pack), packRest(to, pack), unlink(to), next}
		}
	}
	for name, to := range map[string]string{"": ".1", " dated": "-2026112%d", " strange": ".save%d"} {
		kinds["copytruncate"+name] = []step{shift, copyHalf(to), copyRest(to), window, next}
	}
	return kinds
}

// packer is a way to compress.
type packer struct {
	ext  string
	pack func(s *stager, b []byte) []byte
}

var packers = map[string]packer{
	".gz":  {".gz", func(s *stager, b []byte) []byte { return s.w.gzip(b) }},
	".zst": {".zst", func(s *stager, b []byte) []byte { return s.w.zstd(b) }},
}

func (s *stager) numbered(name string) string {
	if strings.Contains(name, "%d") {
		name = fmt.Sprintf(name, s.n)
	}
	if strings.ContainsRune(".-", rune(name[0])) {
		return s.name + name
	}
	return name
}

func (s *stager) read(name string) []byte {
	s.w.Helper()
	b, err := os.ReadFile(s.w.path(name))
	if err != nil {
		s.w.Fatal(err)
	}
	return b
}

func (s *stager) create(name string, b []byte) {
	s.w.Helper()
	if err := os.WriteFile(s.w.path(name), b, 0o644); err != nil {
		s.w.Fatal(err)
	}
}

// lose notes that the lines from to to may be lost.
func (s *stager) lose(from, to int) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for n := from; n <= to; n++ {
		s.w.maybe[n] = true
	}
}
