package state

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"wvwatch/internal/metrics"
)

func TestStream(t *testing.T) {
	want := Checkpoint{Metrics: metrics.State{CodeOverflow: 7}, Alerts: []byte(`{"rules":[1,2]}`)}
	var b bytes.Buffer
	if err := Write(&b, want); err != nil {
		t.Fatal(err)
	}
	content := b.String()
	got, err := Read(strings.NewReader(content))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for n := range len(content) - 1 {
		if _, err := Read(strings.NewReader(content[:n])); err == nil {
			t.Errorf("%d of %d bytes are taken for a checkpoint", n, len(content))
		}
	}
	for _, damaged := range []string{"", "\n", "wvwatch-state\n{}\n", "wvwatch-state 1\n{}\n", "wvwatch-state 2\n[]\n", content + "{}"} {
		if _, err := Read(strings.NewReader(damaged)); err == nil {
			t.Errorf("%.40q is taken for a checkpoint", damaged)
		}
	}
	var newer *VersionError
	if _, err := Read(strings.NewReader("wvwatch-state 3\nanything")); !errors.As(err, &newer) || newer.Version != 3 {
		t.Errorf("a newer version: %v", err)
	}
}
