package kafka

import (
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What a fetch asks for. Brokers bound a response by its compressed size, but memory is
// taken by what it unpacks to, ten times as much or a hundred.
const (
	budgetBytes = 8 << 20   // of one fetch, unpacked
	leastFetch  = 64 << 10  // compressed
	firstFetch  = 128 << 10 // while the compression is not known
	mostFetch   = 2 << 20
	recordBytes = 256 // of the client, for each record
)

// budget adapts the size of fetches to how well a topic is compressed. It hooks into
// the client.
type budget struct {
	packed, unpacked atomic.Int64 // of batches since the last look
	asked            int32
}

// OnFetchBatchRead implements kgo.HookFetchBatchRead.
func (b *budget) OnFetchBatchRead(_ kgo.BrokerMetadata, _ string, _ int32, m kgo.FetchBatchMetrics) {
	b.packed.Add(int64(m.CompressedBytes))
	b.unpacked.Add(int64(m.UncompressedBytes + m.NumRecords*recordBytes))
}

// next returns for how many bytes to ask, and whether that differs from before by a
// quarter or more.
func (b *budget) next() (bytes int32, changed bool) {
	packed, unpacked := b.packed.Swap(0), b.unpacked.Swap(0)
	if packed == 0 || unpacked == 0 {
		return b.asked, false
	}
	want := int32(max(leastFetch, min(mostFetch, budgetBytes*packed/unpacked)))
	if 4*want >= 3*b.asked && 4*want <= 5*b.asked {
		return b.asked, false
	}
	b.asked = want
	return want, true
}
