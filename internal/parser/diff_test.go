package parser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"wvwatch/internal/parser/old"
)

type pair2 struct {
	p *Parser
	o *old.Parser
}

func pairOf(t testing.TB, cfg Config, explain bool) pair2 {
	if cfg.Timezone == "" {
		cfg.Timezone = "UTC"
	}
	p, err := New(cfg, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	var oc old.Config
	copyConfig(&oc, &cfg)
	o, err := old.New(oc, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	p.SetReference(time.Unix(1.8e9, 0))
	o.SetReference(time.Unix(1.8e9, 0))
	p.Explain(explain)
	o.Explain(explain)
	return pair2{p, o}
}

func copyConfig(dst *old.Config, src *Config) {
	if reflect.TypeOf(*dst).Size() != reflect.TypeOf(*src).Size() {
		panic("configs differ")
	}
	*dst = *(*old.Config)(unsafe.Pointer(src))
}

var diffs, diffRecords int

func (pp pair2) compare(t testing.TB, what string, block []byte, atATime int) {
	var a Result
	var b old.Result
	pos, end := 0, 0
	for pos < len(block) {
		for n := 0; n < atATime && end < len(block); n++ {
			i := bytes.IndexByte(block[end:], '\n')
			if i < 0 {
				end = len(block)
				break
			}
			end += i + 1
		}
		settled := 0
		if end == len(block) {
			settled = end - pos
		}
		na, nb := pp.p.Parse(&a, block[pos:end], settled), pp.o.Parse(&b, block[pos:end], settled)
		sa, sb := fmt.Sprintf("%d %+v", na, a), fmt.Sprintf("%d %+v", nb, b)
		diffRecords += a.Records
		if sa != sb {
			diffs++
			if diffs < 20 {
				text := block[pos:end]
				if len(text) > 2000 {
					text = text[:2000]
				}
				t.Errorf("%s:\n%s\nold %s\nnew %s", what, text, clip(sb, sa), clip(sa, sb))
			}
			return
		}
		pos += na
		if na == 0 && settled > 0 {
			t.Fatalf("%s: no progress", what)
		}
	}
}

// clip shows s where it differs from other.
func clip(s, other string) string {
	i := 0
	for i < len(s) && i < len(other) && s[i] == other[i] {
		i++
	}
	i = max(0, i-200)
	return s[i:min(len(s), i+900)]
}

func TestDiff(t *testing.T) {
	if os.Getenv("DIFF") == "" {
		t.Skip("DIFF=1 compares with the package as it was")
	}
	plain := map[bool]pair2{false: pairOf(t, Config{}, false), true: pairOf(t, Config{}, true)}
	both := func(what string, block []byte, sizes ...int) {
		for explain, pp := range plain {
			for _, n := range sizes {
				pp.compare(t, fmt.Sprint(what, " explain ", explain, " size ", n), block, n)
			}
		}
	}
	for _, c := range readSpec(t) {
		what := c.file + "/" + c.title
		for _, explain := range []bool{false, true} {
			pp := pairOf(t, c.config, explain)
			for size := 1; size <= 1+bytes.Count(c.lines, []byte{'\n'}); size++ {
				pp.compare(t, what, c.lines, size)
			}
			if explain {
				continue
			}
			pp.compare(t, what+" repeated", bytes.Repeat(c.lines, 5), 1<<20)
		}
		both(what, c.lines, 1<<20)
	}
	t.Log("spec", diffRecords)
	for seed := range uint64(20000) {
		b := builder{Rand: rand.New(rand.NewPCG(seed, 5))}
		text, _, _ := b.file()
		both(fmt.Sprint("seed ", seed), []byte(text), 1<<20)
		if seed%4 == 0 {
			line := []byte(text)
			for range 3 {
				if len(line) == 0 {
					break
				}
				line = variant(b.Rand, line)
				both(fmt.Sprint("variant ", seed), line, 1<<20)
			}
		}
	}
	t.Log("property", diffRecords)
	for _, pattern := range []string{"/work/shared/samples/*", "/work/shared/faults/*", "/tmp/lead/s3/wt-rooms/corpora/*"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				continue
			}
			both(f, text, 1, 7, 1<<20)
			rng := rand.New(rand.NewPCG(1, 2))
			var broken []byte
			for line := range bytes.Lines(text) {
				if len(broken) > 2<<20 {
					break
				}
				broken = append(broken, variant(rng, line)...)
			}
			both(f+" variants", broken, 1, 1<<20)
		}
	}
	t.Log("files", diffRecords)
	files, _ := filepath.Glob("/work/heldout/*.jsonl")
	for _, f := range files {
		text, _ := os.ReadFile(f)
		both(f, text, 1<<20)
		for line := range bytes.Lines(text) {
			var c struct{ Lines any }
			if json.Unmarshal(line, &c) != nil {
				continue
			}
			s, ok := c.Lines.(string)
			if !ok {
				for _, l := range c.Lines.([]any) {
					s += l.(string) + "\n"
				}
			}
			both(f, []byte(s+"\n"), 1, 1<<20)
			both(f, bytes.Repeat([]byte(s+"\n"), 4), 1<<20)
		}
	}
	t.Log("all", diffRecords, "diffs", diffs)
}
