package state

import (
	"errors"
	"reflect"
	"testing"

	"wvwatch/internal/metrics"
)

func TestMarshal(t *testing.T) {
	want := Checkpoint{Metrics: metrics.State{CodeOverflow: 7}, Alerts: []byte(`{"rules":[1,2]}`)}
	content, err := Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unmarshal(content)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for at := range content {
		damaged := append([]byte{}, content...)
		damaged[at] ^= 1
		if _, err := Unmarshal(damaged); err == nil {
			t.Errorf("byte %d is damaged, and there is no error", at)
		}
	}
	if _, err := Unmarshal(nil); err == nil {
		t.Error("nothing is taken for a checkpoint")
	}
	var newer *VersionError
	if _, err := Unmarshal(header(Version+1, content)); !errors.As(err, &newer) || newer.Version != Version+1 {
		t.Errorf("a newer version: %v", err)
	}
}
