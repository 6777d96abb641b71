package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// shape is another way to write the lines of the json corpus, with the same truth.
type shape struct {
	name   string
	factor float64 // what a byte of it may cost, in bytes of plain JSON
	write  func(dst *bytes.Buffer, line []byte, rng *rand.Rand) error
}

// plain is the shape that the others are compared with.
const plain = "plain JSON"

func shapes() []shape {
	return []shape{
		{plain, 1, func(dst *bytes.Buffer, line []byte, _ *rand.Rand) error { _, err := dst.Write(line); return err }},
		{"97 tenants", 1.1, tenants(97)},
		{"5,000 tenants", 1.1, tenants(5000)},
		{"optional keys", 2, optionalKeys},
		{"a random key", 2, randomKey},
		{"shuffled keys", 2, shuffledKeys},
		{"nested", 2, nested},
		{"JSON behind syslog", 2, behind("<134>Nov 23 08:27:30 edge-1 licence-proxy[4025]: ")},
		{"CRI", 2, behind("2026-11-23T08:27:30.123456789Z stdout F ")},
		{"docker", 2, docker},
		{"pretty", 2, pretty},
	}
}

func behind(head string) func(*bytes.Buffer, []byte, *rand.Rand) error {
	return func(dst *bytes.Buffer, line []byte, _ *rand.Rand) error {
		dst.WriteString(head)
		dst.Write(line)
		return nil
	}
}

// tenants gives each line one of n tenants in its path.
func tenants(n int) func(*bytes.Buffer, []byte, *rand.Rand) error {
	return func(dst *bytes.Buffer, line []byte, rng *rand.Rand) error {
		dst.Write(bytes.ReplaceAll(line, []byte("NAG4001"), fmt.Appendf(nil, "NAG%04d", rng.IntN(n))))
		return nil
	}
}

func docker(dst *bytes.Buffer, line []byte, _ *rand.Rand) error {
	text, err := json.Marshal(string(line) + "\n")
	fmt.Fprintf(dst, `{"log":%s,"stream":"stdout","time":"2026-11-23T08:27:30.123456789Z"}`, text)
	return err
}

func pretty(dst *bytes.Buffer, line []byte, _ *rand.Rand) error {
	return json.Indent(dst, line, "", "  ")
}

func nested(dst *bytes.Buffer, line []byte, _ *rand.Rand) error {
	dst.WriteString(`{"severity":"INFO","service":{"name":"licence-proxy","version":"1.4.0"},"http":`)
	dst.Write(line)
	dst.WriteByte('}')
	return nil
}

func shuffledKeys(dst *bytes.Buffer, line []byte, rng *rand.Rand) error {
	all, err := members(line)
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	writeObject(dst, all)
	return err
}

// optionalKeys adds each of six members to half of the lines.
func optionalKeys(dst *bytes.Buffer, line []byte, rng *rand.Rand) error {
	all, err := members(line)
	for i := range 6 {
		if rng.IntN(2) == 0 {
			all = append(all, member{fmt.Sprintf("option_%d", i), json.RawMessage(`"set"`)})
		}
	}
	writeObject(dst, all)
	return err
}

func randomKey(dst *bytes.Buffer, line []byte, rng *rand.Rand) error {
	all, err := members(line)
	all = append(all, member{fmt.Sprintf("x%08x", rng.Uint32()), json.RawMessage(`"set"`)})
	writeObject(dst, all)
	return err
}

// member is one member of an object, its value as it was written.
type member struct {
	name  string
	value json.RawMessage
}

func members(object []byte) (all []member, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err = d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: fmt.Sprint(name)}
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func writeObject(dst *bytes.Buffer, all []member) {
	separator := byte('{')
	for _, m := range all {
		dst.WriteByte(separator)
		fmt.Fprintf(dst, "%q:%s", m.name, m.value)
		separator = ','
	}
	dst.WriteByte('}')
}

// reshape writes the first lines of a corpus in a shape. The truth is that of the
// records: pretty printing makes many lines of one.
func (b *bench) reshape(ctx context.Context, c corpus, s shape) (corpus, error) {
	in, err := os.Open(c.file)
	if err != nil {
		return corpus{}, err
	}
	defer in.Close()
	name := filepath.Join(b.dir, fmt.Sprintf("%s-%d.log", strings.NewReplacer(" ", "-", ",", "").Replace(s.name), c.truth.lines()))
	out, err := os.Create(name)
	if err != nil {
		return corpus{}, err
	}
	defer out.Close()
	w, lines, rng := bufio.NewWriterSize(out, 1<<20), bufio.NewScanner(in), rand.New(rand.NewPCG(1, 2))
	var text bytes.Buffer
	for lines.Scan() && ctx.Err() == nil {
		text.Reset()
		if err := s.write(&text, lines.Bytes(), rng); err != nil {
			return corpus{}, err
		}
		text.WriteByte('\n')
		if _, err := w.Write(text.Bytes()); err != nil {
			return corpus{}, err
		}
	}
	if err := errors.Join(lines.Err(), ctx.Err(), w.Flush()); err != nil {
		return corpus{}, err
	}
	info, err := out.Stat()
	if err != nil {
		return corpus{}, err
	}
	return corpus{kind: s.name, file: name, size: info.Size(), truth: c.truth}, nil
}

// odd measures what a byte costs in each shape, next to plain JSON.
func (b *bench) odd(ctx context.Context) error {
	c, err := b.corpusOf(ctx, "json", max(1, b.lines/10))
	if err != nil {
		return err
	}
	var all []corpus
	for _, s := range shapes() {
		shaped, err := b.reshape(ctx, c, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		all = append(all, shaped)
	}
	used := make(map[string][]usage)
	for range b.rounds {
		for _, c := range all {
			u, err := b.readOdd(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.kind, err)
			}
			used[c.kind] = append(used[c.kind], u)
		}
	}
	perGB := func(c corpus) float64 { return medianCPU(used[c.kind]).Seconds() / float64(c.size) * 1e9 }
	fmt.Fprint(b.out, "\n| shape | bytes a record | CPU-s per GB | x a byte of plain JSON | x a record of plain JSON |\n|---|---|---|---|---|\n")
	for _, c := range all {
		factor := perGB(c) / perGB(all[0])
		fmt.Fprintf(b.out, "| %s | %d | %.2f | %.2f | %.2f |\n", c.kind, c.size/int64(c.truth.lines()), perGB(c), factor,
			factor*float64(c.size)/float64(all[0].size))
		b.reached[shapeOf(c.kind)] = factor
	}
	return b.hostile(ctx, perGB(all[0]))
}

// readOdd analyzes a shape. What it counts is the truth but for the number of lines.
func (b *bench) readOdd(ctx context.Context, c corpus) (usage, error) {
	p, err := startProcess(ctx, 1, b.wvwatch, "analyze", "--format", "json", c.file)
	if err != nil {
		return usage{}, err
	}
	u, err := p.wait()
	if err != nil {
		return u, err
	}
	got, err := readReport(p.stdout.Bytes())
	if err != nil {
		return u, err
	}
	got["lines"] = c.truth.lines()
	return u, got.differs(c.truth)
}

// hostileSize is how much of each hostile line is read.
const hostileSize = 4 << 20

// hostile measures what a byte of lines costs that are made of what the search
// looks for. There is no truth about them.
func (b *bench) hostile(ctx context.Context, plain float64) error {
	fmt.Fprint(b.out, "\n| a line of 64 KiB of | CPU-s per GB | x a byte of plain JSON |\n|---|---|---|\n")
	for _, text := range []string{
		licensePathOf("NAG4001"), `UNGRANTED_REQUEST errorCode `, `"errorCode":`, `errorCode: 4025 `, `extra=`, `{"a":`, `\"`, "4025 ",
	} {
		file := filepath.Join(b.dir, "hostile.log")
		line := append(bytes.Repeat([]byte(text), (64<<10)/len(text)), '\n')
		if err := os.WriteFile(file, bytes.Repeat(line, hostileSize/len(line)), 0o600); err != nil {
			return err
		}
		p, err := startProcess(ctx, 1, b.wvwatch, "analyze", "--format", "json", file)
		if err != nil {
			return err
		}
		u, err := p.wait()
		if err != nil {
			return err
		}
		cost := u.cpu.Seconds() / hostileSize * 1e9
		fmt.Fprintf(b.out, "| `%s` | %.2f | %.1f |\n", text, cost, cost/plain)
		b.reached[hostileLine] = max(b.reached[hostileLine], cost/plain)
	}
	return nil
}

func licensePathOf(tenant string) string {
	return "/" + tenant + "/wvls/contentlicenseservice/v1/licenses "
}
