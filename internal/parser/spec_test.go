package parser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/result"
)

// specCase is one case of the files in testdata, which are the specification of
// what counts: a title, what is wanted, and the lines.
type specCase struct {
	title, file      string
	events, requests []string
	refusals         []string
	missing, bounded []string
	clients          []string
	config           Config
	lines            []byte
	withLines        bool
}

func readSpec(t *testing.T) []specCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no specification: %v", err)
	}
	var all []specCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n== ")[1:] {
			head, body, ok := strings.Cut(part, "\n--\n")
			if !ok {
				t.Fatalf("%s: no lines in %q", file, part)
			}
			c := specCase{file: filepath.Base(file)}
			body = strings.ReplaceAll(strings.TrimRight(body, "\n")+"\n", `\r`+"\n", "\r\n")
			c.lines = []byte(body)
			for i, l := range strings.Split(head, "\n") {
				word, rest, _ := strings.Cut(l, " ")
				switch {
				case i == 0:
					c.title = l
				case word == "want":
					c.events = append(c.events, rest)
					c.withLines = c.withLines || strings.Contains(rest, " lines ")
				case word == "request":
					c.requests = append(c.requests, rest)
				case word == "refused":
					c.refusals = append(c.refusals, rest)
				case word == "client":
					c.clients = append(c.clients, rest)
				case word == "missing":
					c.missing = append(c.missing, rest)
				case word == "bounded":
					c.bounded = append(c.bounded, rest)
				case word == "config":
					if err := configure(&c.config, rest); err != nil {
						t.Fatalf("%s: %q: %v", file, c.title, err)
					}
				default:
					t.Fatalf("%s: %q: unknown word %q", file, c.title, word)
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// configure reads one line of a case's configuration: a key and its words.
func configure(c *Config, line string) error {
	key, rest, _ := strings.Cut(line, " ")
	words := strings.Fields(rest)
	switch key {
	case "multiline":
		return c.Multiline.UnmarshalText([]byte(rest))
	case "first":
		c.Multiline.First = rest
	case "path":
		c.LicencePaths = append(c.LicencePaths, LicencePath{Path: words[0], DRM: words[1]})
	case "extra":
		c.ExtraFields = append(c.ExtraFields, words...)
	case "what":
		n, err := strconv.Atoi(words[0])
		c.WhatValues = append(c.WhatValues, WhatValue{What: n, DRM: words[1]})
		return err
	case "json":
		c.Format, c.JSON = key, &FieldsConfig{Code: words}
	case "logfmt":
		c.Format, c.Logfmt = key, &FieldsConfig{Code: words}
	case "regex":
		c.Format, c.Regex = key, rest
	case "drm":
		c.DRM = rest
	case "client":
		c.Client = rest
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

func TestSpecification(t *testing.T) {
	cat := mustCatalogue(t)
	for _, c := range readSpec(t) {
		t.Run(c.file+"/"+c.title, func(t *testing.T) {
			got := collect(t, cat, c.config, c.lines, len(c.lines))
			compare(t, "events", c.events, got.list(c.withLines))
			if len(c.clients) == 0 || len(c.requests) > 0 { // the cases of clients list no more of their requests
				compare(t, "requests", c.requests, got.requestList(c.requests))
			}
			if len(c.missing)+len(c.bounded) > 0 {
				compare(t, "records without code", c.missing, got.missing)
				compare(t, "bounds", c.bounded, got.bounded)
			}
			if len(c.clients) > 0 {
				compare(t, "clients", c.clients, got.clients)
			}
			for _, r := range c.refusals {
				if !slices.Contains(got.refusals, r) {
					t.Errorf("refusal %q not given, only %q", r, got.refusals)
				}
			}
			// Wherever the lines are cut into blocks, the results are the same.
			for size := 1; size <= bytes.Count(c.lines, []byte{'\n'}); size++ {
				cut := collect(t, cat, c.config, c.lines, size)
				compare(t, fmt.Sprintf("events in blocks of %d lines", size), got.list(true), cut.list(true))
				compare(t, "requests in blocks", got.requests, cut.requests)
				compare(t, "clients in blocks", got.clients, cut.clients)
				if cut.records != got.records || cut.lines != got.lines {
					t.Errorf("blocks of %d lines: %d records, %d lines, in one block %d, %d", size, cut.records, cut.lines, got.records, got.lines)
				}
			}
		})
	}
}

// found is what a parser finds in some lines.
type found struct {
	events         [][2]string
	requests       []string
	durations      []string
	refusals       []string
	missing        []string
	clients        []string // of each record with a code, and of each request that was not granted
	bounded        []string
	lines, records int
}

// requestList names the requests' durations too if the specification does.
func (f found) requestList(want []string) []string {
	if len(want) > 0 && strings.Count(want[0], " ") == 2 {
		return f.durations
	}
	return f.requests
}

func (f found) list(lines bool) []string {
	var out []string
	for _, e := range f.events {
		if lines {
			out = append(out, e[0]+e[1])
		} else {
			out = append(out, e[0])
		}
	}
	return out
}

// collect gives the lines to a parser, so many more at a time, as a file that
// grows does.
func collect(t *testing.T, cat *codes.Catalogue, cfg Config, lines []byte, atATime int) found {
	t.Helper()
	p, err := New(cfg, cat)
	if err != nil {
		t.Fatal(err)
	}
	p.SetHeader(new(Header))
	var f found
	var res result.Result
	for pos, end := 0, 0; pos < len(lines); {
		for n := 0; n < atATime && end < len(lines); n++ {
			end += bytes.IndexByte(lines[end:], '\n') + 1
		}
		settled := 0
		if end == len(lines) {
			settled = end - pos
		}
		n := p.Parse(&res, lines[pos:end], settled)
		for _, e := range res.Events {
			f.events = append(f.events, [2]string{fmt.Sprintf("%s %d %s", e.DRM, e.Code, e.Evidence),
				fmt.Sprintf(" lines %d-%d", f.lines+e.Line+1, f.lines+e.LastLine+1)})
			f.clients = append(f.clients, clientText(e.Client))
		}
		for _, q := range res.Requests {
			f.requests = append(f.requests, fmt.Sprintf("%s %s", q.DRM, q.Outcome))
			f.durations = append(f.durations, fmt.Sprintf("%s %s %s", q.DRM, q.Outcome, q.Duration))
			if q.Outcome != result.Granted {
				f.clients = append(f.clients, clientText(q.Client))
			}
		}
		for _, r := range res.Refusals {
			f.refusals = append(f.refusals, fmt.Sprintf("%d %s", r.Number, r.Reason))
		}
		for m, n := range res.WithoutCode {
			for range n {
				f.missing = append(f.missing, result.Missing(m).String())
			}
		}
		for b, n := range res.Bounded {
			for range n {
				f.bounded = append(f.bounded, result.Bound(b).String())
			}
		}
		f.lines += res.Lines
		f.records += res.Records
		pos += n
		if settled > 0 && pos < len(lines) {
			t.Fatalf("settled, but only %d of %d bytes taken", pos, len(lines))
		}
	}
	return f
}

func compare(t *testing.T, what string, want, got []string) {
	t.Helper()
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	if !slices.Equal(want, got) {
		t.Errorf("%s:\n want %q\n got  %q", what, want, got)
	}
}

func mustCatalogue(t testing.TB) *codes.Catalogue {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// clientText returns the client as the specification names it.
func clientText(client []byte) string {
	if client == nil {
		return "none"
	}
	return string(client)
}
