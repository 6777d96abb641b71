package kafka

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// pool lends the client memory for batches and records: what was fetched is copied to
// the text of its partition, and its memory is used again by the next fetch.
type pool struct {
	mu      sync.Mutex
	bytes   [][]byte
	records [][]kgo.Record
}

// maxPooled bounds the slices of each kind that are kept.
const maxPooled = 32

// largestPooled bounds the bytes of a slice that is kept.
const largestPooled = 4 << 20

func newPool() *pool { return &pool{} }

// GetDecompressBytes implements kgo.PoolDecompressBytes.
func (p *pool) GetDecompressBytes(compressed []byte, _ kgo.CompressionCodecType) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.bytes); n > 0 {
		b := p.bytes[n-1]
		p.bytes = p.bytes[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 8*len(compressed))
}

// PutDecompressBytes implements kgo.PoolDecompressBytes.
func (p *pool) PutDecompressBytes(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bytes) < maxPooled && cap(b) <= largestPooled {
		p.bytes = append(p.bytes, b)
	}
}

// GetRecords implements kgo.PoolRecords.
func (p *pool) GetRecords(n int) []kgo.Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := len(p.records); k > 0 {
		r := p.records[k-1]
		p.records = p.records[:k-1]
		if cap(r) >= n {
			return r[:0]
		}
	}
	return make([]kgo.Record, 0, n)
}

// PutRecords implements kgo.PoolRecords.
func (p *pool) PutRecords(r []kgo.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.records) < maxPooled {
		p.records = append(p.records, r)
	}
}
