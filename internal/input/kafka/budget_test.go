package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestBudget(t *testing.T) {
	b := &budget{asked: firstFetch}
	if _, changed := b.next(); changed {
		t.Error("it changes without a batch")
	}
	for _, tt := range []struct {
		packed, unpacked, records int
		want                      int32
		changed                   bool
	}{
		{1000, 1000, 0, mostFetch, true},                                  // not compressed
		{1000, 8000, 0, budgetBytes / 8, true},                            // 8 times
		{1000, 8500, 0, budgetBytes / 8, false},                           // hardly another
		{1000, 1_000_000, 0, leastFetch, true},                            // 1,000 times
		{1000, 4096, 4096 / recordBytes, budgetBytes * 1000 / 8192, true}, // small records
		{1000, 1000 + 15_000, 0, budgetBytes / 16, true},                  // 16 times
		{1000, 1000 + 15_000, 0, budgetBytes / 16, false},                 // the same
	} {
		b.OnFetchBatchRead(kgo.BrokerMetadata{}, "t", 0, kgo.FetchBatchMetrics{CompressedBytes: tt.packed, UncompressedBytes: tt.unpacked, NumRecords: tt.records})
		got, changed := b.next()
		if got != tt.want || changed != tt.changed {
			t.Errorf("%+v: %d, %v", tt, got, changed)
		}
	}
}
