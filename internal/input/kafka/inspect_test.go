package kafka

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
)

func TestInspect(t *testing.T) {
	c, cfg := fakeCluster(t, kfake.SeedTopics(2, "logs"))
	producer := newClient(t, cfg, manual()...)
	send(t, producer, 0, "a", "b", "c")
	send(t, producer, 1, "d")
	inspect := func(want ...string) {
		t.Helper()
		got, err := cfg.Inspect(t.Context(), len(want) > 1)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	inspect("topic logs: 2 partitions, 4 records; group g has never read it, and begins with the first of them",
		"topic g.wvwatch-state: not there yet, the first leader creates it and counts from nothing")
	cfg.Start = ""
	inspect("topic logs: 2 partitions, 4 records; group g has never read it, and begins after the last of them")
	offsets := kadm.Offsets{}
	offsets.AddOffset("logs", 0, 1, -1)
	offsets.AddOffset("logs", 1, 1, -1)
	if err := kadm.NewClient(producer).CommitAllOffsets(t.Context(), "g", offsets); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic("g.wvwatch-state", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	inspect("topic logs: 2 partitions, 4 records, of which group g has not read 2",
		"topic g.wvwatch-state: the checkpoint of the group (cleanup.policy=compact)")

	cfg.Topics = []string{"logs", "nowhere"}
	if _, err := cfg.Inspect(t.Context(), false); err == nil || !strings.Contains(err.Error(), "topic nowhere") {
		t.Errorf("a topic that is missing: %v", err)
	}
}
