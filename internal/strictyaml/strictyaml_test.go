package strictyaml

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/fault"
)

// shape has a field of every kind.
type shape struct {
	Text  string            `mapstructure:"text"`
	Flag  bool              `mapstructure:"flag"`
	Count uint64            `mapstructure:"count"`
	Part  float64           `mapstructure:"part"`
	Wait  time.Duration     `mapstructure:"wait"`
	At    time.Time         `mapstructure:"at"`
	Maybe *time.Duration    `mapstructure:"maybe"`
	Codes *[]int            `mapstructure:"codes"`
	Free  map[string]string `mapstructure:"free"`
	Items []item            `mapstructure:"items"`
	Inner inner             `mapstructure:",squash"`
}

type item struct {
	Name string `mapstructure:"name"`
	Deep *inner `mapstructure:"deep"`
}

type inner struct {
	Level int `mapstructure:"level"`
}

func read(text string) (s shape, err error) {
	d := Read[shape]("f.yaml", []byte(text), Options{})
	d.Decode(&s)
	return s, d.Err()
}

func TestRead(t *testing.T) {
	got, err := read(`
text: 007
flag: true
count: 12
part: 0.5
wait: 1m30s
at: 2026-11-23T12:00:00Z
maybe: 0s
codes: []
free: {Team: Video, "a.b": "1"}
items:
  - &one {name: a, deep: {level: 3}}
  - *one
level: 4
`)
	if err != nil {
		t.Fatal(err)
	}
	zero, none := time.Duration(0), []int{}
	one := item{"a", &inner{3}}
	want := shape{"007", true, 12, 0.5, 90 * time.Second, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), &zero, &none,
		map[string]string{"Team": "Video", "a.b": "1"}, []item{one, one}, inner{4}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A key that is left out, or has nothing written after it, keeps its value.
func TestReadNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "text:\nwait: null\n"} {
		if got, err := read(text); err != nil || !reflect.DeepEqual(got, shape{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"txet: a", "f.yaml:1: txet: unknown key, did you mean text?"},
		{"colour: a", "f.yaml:1: colour: unknown key; known here: text, flag, count, part, wait, at, maybe, codes, free, items, level"},
		{"items:\n  - name: a\n - name: b", "f.yaml:3: the line does not fit the list or mapping that it is in: indent it"},
		{"text: a\nitems:\n- name: a\n wait: 5s", "f.yaml:4: the line does not fit"},
		{"items: [{name: a]", "f.yaml:1: did not find expected ',' or '}'"},
		{"deep: {}", "f.yaml:1: deep: unknown key here: write it below items[]"},
		{"text: a\ntext: b", "f.yaml:2: text: duplicate key, first on line 1: keep one of the two"},
		{"text: [a]", "f.yaml:1: text: is a list; want a single value"},
		{"items: a", `f.yaml:1: items: is "a"; want a list: write [a]`},
		{"items: [a]", `f.yaml:1: items[0]: is "a"; want a mapping: write "key: value" lines below it`},
		{"items:\n  -\n", "f.yaml:2: items[0]: empty item: write a value or remove the line"},
		{"wait: 30", "f.yaml:1: wait: 30 is a bare number: a duration needs its unit, say 30s"},
		{"count: -1", `f.yaml:1: count: "-1" is not a whole number from 0`},
		{"at: noon", `f.yaml:1: at: "noon" is not a time: write 2026-11-23T12:00:00Z`},
		{"flag: yes", `f.yaml:1: flag: "yes" is not true or false`},
		{"part: .nan", `f.yaml:1: part: ".nan" is not a number`},
		{"codes:\n- 1\n- x", `f.yaml:3: codes[1]: "x" is not a whole number`},
		{"items:\n- name: a\n  deep: {level: many}", `f.yaml:3: items[0].deep.level: "many" is not a whole number`},
		{"text: a\n---\ntext: b", "f.yaml:2: a second document begins here, but a file holds one: remove the --- line"},
		{"free:\n\ta: b", "f.yaml:2: a tab indents this line: YAML wants spaces"},
		{"text: 'a", "f.yaml:1: found unexpected end of stream"},
		{"- a", "f.yaml:1: the file is a list; want a mapping: write \"key: value\" lines below it"},
	} {
		_, err := read(tt.text)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error\n%v\nwant\n%s", tt.text, err, tt.want)
		}
	}
}

// All faults are reported at once, in the order of the lines.
func TestFaultsAtOnce(t *testing.T) {
	_, err := read("wait: 5\nitmes: []\nflag: maybe\n")
	want := []string{"f.yaml:1: wait: 5 is a bare number", "f.yaml:2: itmes: unknown key, did you mean items?", `f.yaml:3: flag: "maybe" is not`}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		if len(lines) != len(want) || !strings.HasPrefix(line, want[i]) {
			t.Fatalf("faults\n%v\nwant\n%s", err, strings.Join(want, "\n"))
		}
	}
}

// Validation reports nothing that follows only from a value that is lost already.
func TestValidated(t *testing.T) {
	d := Read[shape]("f.yaml", []byte("items: [{name: a}, {nmae: b}]\nwait: 5\n"), Options{})
	var s shape
	d.Decode(&s)
	d.Validated(&fault.Error{Path: "items[1].name", Message: "empty"}, nil)
	d.Validated(&fault.Error{Path: "items[0].name", Message: "empty"}, func(path string) string {
		if path == "items" {
			return "--items"
		}
		return ""
	})
	want := "--items: items[0].name: empty\nf.yaml:1: items[1].nmae: unknown key, did you mean name?\nf.yaml:2: wait: 5 is a bare number: a duration needs its unit, say 5s"
	if err := d.Err(); err == nil || err.Error() != want {
		t.Errorf("faults\n%v\nwant\n%s", err, want)
	}
}
