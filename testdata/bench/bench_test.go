package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func generate(t testing.TB, kind string, lines int, seed uint64) ([]byte, *generator) {
	t.Helper()
	g, err := newGenerator(kind, seed)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for range lines {
		out = g.appendLine(out)
	}
	return out, g
}

func TestSameSeedSameBytes(t *testing.T) {
	for _, kind := range kinds() {
		a, _ := generate(t, kind, 2000, 7)
		b, _ := generate(t, kind, 2000, 7)
		c, _ := generate(t, kind, 2000, 8)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two runs of one seed differ", kind)
		}
		if bytes.Equal(a, c) {
			t.Errorf("%s: two seeds give the same bytes", kind)
		}
	}
}

// The patterns read the corpora by their own way: they know how this program
// writes, not how the daemon recognises.
var (
	codePattern    = regexp.MustCompile(`errorCode(?:"|\\"|\\x22): ?(\d{4})`)
	requestPattern = regexp.MustCompile(`POST (\S*/wvls/\S*/licenses|\S*/renewal-license-wv) HTTP/1.1"(?:,"status":| )(\d{3})`)
	// evidencePattern finds words that must not be in noise.
	evidencePattern = regexp.MustCompile(`(?i)errorCode|extra|what|ssm|POST|licen[cs]e`)
	caddyPattern    = regexp.MustCompile(`"method":"POST","uri":"(\S*/wvls/\S*/licenses|\S*/renewal-license-wv)\?.*"status":(\d{3})}`)
)

func TestTruthIsWhatTheLinesSay(t *testing.T) {
	const lines = 12_000
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			out, g := generate(t, kind, lines, 3)
			read := make(map[fact]int)
			n := 0
			for line := range bytes.Lines(out) {
				n++
				codes := codePattern.FindAllSubmatch(line, -1)
				if len(codes) > 1 {
					t.Fatalf("two codes in one line: %s", line)
				}
				drm := "widevine"
				if bytes.Contains(line, []byte(sessionPath)) {
					drm = "ssm"
				}
				for _, m := range codes {
					read[fact{"code", drm, string(m[1])}]++
				}
				for _, p := range []*regexp.Regexp{requestPattern, caddyPattern} {
					if m := p.FindSubmatch(line); m != nil {
						status, _ := strconv.Atoi(string(m[2]))
						read[fact{"request", "widevine", outcome(status)}]++
					}
				}
			}
			if n != lines || g.truth.lines != lines {
				t.Errorf("%d lines, the truth says %d, want %d", n, g.truth.lines, lines)
			}
			if !maps.Equal(read, g.truth.counts) {
				t.Errorf("the lines say\n%v\nthe truth says\n%v", read, g.truth.counts)
			}
			checkShare(t, kind, &g.truth)
		})
	}
}

// checkShare compares the share of lines that report a code, and of requests,
// with what the kind promises.
func checkShare(t *testing.T, kind string, tr *truth) {
	t.Helper()
	codes, requests := float64(tr.sum("code"))/float64(tr.lines), float64(tr.sum("request"))/float64(tr.lines)
	want := map[string]struct{ codesFrom, codesTo, requestsFrom, requestsTo float64 }{
		"json":  {0.040, 0.060, 0.90, 0.99},
		"text":  {0.040, 0.060, 0.90, 0.99},
		"dense": {1, 1, 0.50, 0.70},
		"noise": {0, 0, 0, 0},
	}[kind]
	if codes < want.codesFrom || codes > want.codesTo || requests < want.requestsFrom || requests > want.requestsTo {
		t.Errorf("%.4f of the lines report a code, %.4f are requests; want %+v", codes, requests, want)
	}
}

func TestShapes(t *testing.T) {
	const lines = 10_000
	for kind, want := range map[string]struct{ from, to int }{
		"json": {280, 340}, "text": {280, 340}, "dense": {280, 370}, "noise": {150, 250},
	} {
		out, g := generate(t, kind, lines, 5)
		if mean := len(out) / lines; mean < want.from || mean > want.to {
			t.Errorf("%s: %d bytes a line, want %d to %d", kind, mean, want.from, want.to)
		}
		if passed := g.now.Sub(time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)); passed < 19*time.Second || passed > 21*time.Second {
			t.Errorf("%s: %v of log time for %d lines, want 20 s", kind, passed, lines)
		}
		for line := range bytes.Lines(out) {
			if (kind == "json" || kind == "dense") && !json.Valid(line) {
				t.Fatalf("%s: no JSON: %s", kind, line)
			}
			if kind == "noise" && evidencePattern.Match(line) {
				t.Fatalf("noise that could be evidence: %s", line)
			}
		}
	}
}

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "truth.tsv")
	var out, errs bytes.Buffer
	if err := run([]string{"-kind", "dense", "-lines", "500", "-seed", "2", "-truth", file}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	want, g := generate(t, "dense", 500, 2)
	if !bytes.Equal(out.Bytes(), want) {
		t.Error("run writes other bytes than its generator")
	}
	table, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int{}
	for line := range strings.Lines(string(table)) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if len(columns) != 4 {
			t.Fatalf("bad line %q", line)
		}
		n, _ := strconv.Atoi(columns[3])
		sum[columns[0]] += n
	}
	if sum["lines"] != 500 || sum["code"] != 500 || sum["request"] != g.truth.sum("request") {
		t.Errorf("the table's sums are %v", sum)
	}
}

func TestRunRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown kind "xml": one of json`: {"-kind", "xml"},
		"bad -lines -1":                   {"-lines", "-1"},
		"takes no arguments":              {"out.log"},
		"flag provided but not defined":   {"-lnes", "1"},
	} {
		var out, errs bytes.Buffer
		if err := run(args, &out, &errs); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("run(%v): error %v, want %q", args, err, want)
		}
	}
}

func BenchmarkAppendLine(b *testing.B) {
	for _, kind := range kinds() {
		b.Run(kind, func(b *testing.B) {
			g, err := newGenerator(kind, 1)
			if err != nil {
				b.Fatal(err)
			}
			var line []byte
			b.ReportAllocs()
			for b.Loop() {
				line = g.appendLine(line[:0])
			}
			b.SetBytes(int64(len(line)))
		})
	}
}
