package parser

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestProperty builds records at random from parts with a known meaning, and
// compares what the parser returns with the truth each was built from. A failure
// prints its seed; PROPERTY_SEED runs it alone, PROPERTY_RUNS more of them.
func TestProperty(t *testing.T) {
	cat := mustCatalogue(t)
	first, runs := uint64(1), uint64(4000)
	if s := os.Getenv("PROPERTY_RUNS"); s != "" {
		runs, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("PROPERTY_SEED"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
		runs = 1
	}
	faults := 0
	for seed := first; seed < first+runs && faults < 10; seed++ {
		b := builder{Rand: rand.New(rand.NewPCG(seed, 20.49e2))}
		text, want, recipe := b.file()
		got := collect(t, cat, Config{}, []byte(text), 1+b.IntN(4))
		var said []string
		for _, e := range got.events {
			said = append(said, strings.Join(strings.Fields(e[0])[:2], " "))
		}
		slices.Sort(said)
		slices.Sort(want)
		if !slices.Equal(said, want) {
			faults++
			t.Errorf("seed %d (%s):\n want %q\n got  %q\n%s", seed, recipe, want, said, text)
		}
	}
}

// builder builds log files at random.
type builder struct {
	*rand.Rand
	recipe []string
}

func pick[T any](b *builder, from ...T) T { return from[b.IntN(len(from))] }

// part is a way of doing something, with the name the recipe gives it.
type part[F any] struct {
	name string
	do   F
}

func use[F any](b *builder, from []part[F]) F {
	p := from[b.IntN(len(from))]
	b.recipe = append(b.recipe, p.name)
	return p.do
}

// file is a few records in one logger's and one envelope's shape.
func (b *builder) file() (text string, want []string, recipe string) {
	log, wrap := use(b, loggers), use(b, wrappers)
	for range 1 + b.IntN(4) {
		r := b.record()
		line, ok := log(b, r)
		if !ok {
			continue
		}
		text += wrap(b, line)
		want = append(want, r.want...)
	}
	return text, want, strings.Join(b.recipe, ", ")
}

// record is what one log call writes.
type record struct {
	message string
	fields  []field
	want    []string // "drm code"
}

type field struct {
	name  string
	value string // JSON
}

func (r *record) text(name, value string) {
	r.fields = append(r.fields, field{name, quote(value)})
}

func (r *record) raw(name, json string) { r.fields = append(r.fields, field{name, json}) }

func quote(s string) string {
	var o strings.Builder
	o.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			o.WriteByte('\\')
			o.WriteRune(c)
		case c == '\n':
			o.WriteString(`\n`)
		case c == '\t':
			o.WriteString(`\t`)
		case c < ' ':
			fmt.Fprintf(&o, `\u%04x`, c)
		default:
			o.WriteRune(c)
		}
	}
	return o.String() + `"`
}

// record puts evidence, a sign of the server, and neighbours together.
func (b *builder) record() *record {
	r := &record{message: pick(b, "licence denied", "upstream returned error", "request done", "Received response: 400", "T:5001 got it")}
	drm := b.server(r)
	if b.IntN(5) > 0 {
		codes := []int{1001, 1007, 2001, 3003, 4000, 4001, 4006, 4015, 4025, 6001, 6004, 6007, 6008, 6009, 4400, 4401, 9999}
		code := pick(b, codes...)
		if use(b, evidence)(b, r, code) {
			r.want = []string{fmt.Sprintf("%s %d", drm, code)}
		}
	}
	for range b.IntN(4) {
		use(b, neighbours)(b, r)
	}
	b.Shuffle(len(r.fields), func(i, j int) { r.fields[i], r.fields[j] = r.fields[j], r.fields[i] })
	return r
}

// server puts a sign of the licence server on the record, or none.
func (b *builder) server(r *record) string {
	if b.IntN(2) == 0 {
		return "widevine"
	}
	s := pick(b, [2]string{"wvls", "widevine"}, [2]string{"prls", "playready"}, [2]string{"fpls", "fairplay"}, [2]string{"tkls", "tvkey"}, [2]string{"ssm", "ssm"})
	url := fmt.Sprintf("/T%d/%s/contentlicenseservice/v1/licenses", 1000+b.IntN(9000), s[0])
	if b.IntN(2) == 0 {
		url = "https://drm-6007.operator.example:6001" + url + pick(b, "", "?tenant=NAG4001", "?x=/T1/wvls/v1/licenses")
	}
	r.text(pick(b, "url", "path", "uri", "upstream_url", "endpoint"), url)
	b.recipe = append(b.recipe, s[1])
	return s[1]
}
