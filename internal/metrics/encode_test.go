package metrics

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A code is written as encoding/json writes it.
func TestCellIsWrittenAsJSON(t *testing.T) {
	for _, c := range []CodeState{
		{},
		{DRM: "widevine", Code: 4025, Occurrences: 1, Incidents: 1},
		{DRM: "widevine", Code: -1, Tenant: "T", Occurrences: 1<<64 - 1, First: -5, Last: 1 << 62, Created: 3, Seen: true, Steps: Steps{1, 2, 3, -4, 5, 6}},
		{Tenant: "<alpha> & \u2028 \"q\" \\ \x01 \t \u00fc \x7f \xff"},
		{Labels: map[string]string{"b": "<2>", "a": "1"}},
	} {
		got, err := c.appendJSON([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "x"+string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A state that is encoded from a publication is the state of it, and is read again.
func TestStateStream(t *testing.T) {
	for name, l := range map[string]*Ledger{"nothing": newLedger(t), "filled": filled(t), "labels": labelLedger(t, threeLabels, 100, "a")} {
		t.Run(name, func(t *testing.T) {
			if name == "labels" {
				l.Commit("a", t0, batch(l.layout.cat, t0, 10), position)
			}
			p := l.Publish(t0.Add(time.Second))
			var whole, outline bytes.Buffer
			if err := p.State().Encode(&whole); err != nil {
				t.Fatal(err)
			}
			if err := p.Outline().Encode(&outline); err != nil {
				t.Fatal(err)
			}
			if whole.String() != outline.String() {
				t.Errorf("the outline is written as\n%swant\n%s", outline.String(), whole.String())
			}
			var got State
			d := json.NewDecoder(&whole)
			if err := got.Decode(d); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Token(); err != io.EOF {
				t.Errorf("something is left: %v", err)
			}
			if want := throughJSON(t, p.State()); !reflect.DeepEqual(throughJSON(t, got), want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

// A text that ends early is an error, wherever it does.
func TestStateStreamIsWhole(t *testing.T) {
	var b bytes.Buffer
	if err := filled(t).State().Encode(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(b.String()), "\n")
	for n := range lines {
		var st State
		if err := st.Decode(json.NewDecoder(strings.NewReader(strings.Join(lines[:n], "")))); err == nil {
			t.Errorf("%d of %d lines are taken for a state", n, len(lines))
		}
	}
}
