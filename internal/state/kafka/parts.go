package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"wvwatch/internal/state"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A checkpoint is packed by zstd and is one record, or several where it is larger than
// a broker takes by default. Those are written in one transaction, so that readers see
// all of them or none. Each has a key of its own, of which compaction keeps the newest,
// and its place in a header: number of the checkpoint, index and count of the parts.
const (
	partBytes = 900_000 // of a record's value; brokers take 1 MiB of a batch by default
	maxParts  = 16
	partKey   = "checkpoint/"
	partPlace = "part"
)

// TooLargeError is a checkpoint that does not fit into the topic.
type TooLargeError struct{ Size int }

// Error names the fix.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the checkpoint has %d bytes when it is packed, and the topic takes %d: lower metrics.label_limit or count by fewer labels, or keep it in a directory", e.Size, maxParts*partBytes)
}

// packer packs checkpoints. It serves one goroutine.
type packer struct {
	encoder *zstd.Encoder
	packed  bytes.Buffer
}

func newPacker() (*packer, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	return &packer{encoder: e}, err
}

// pack returns the records of checkpoint number n, which write writes. They borrow
// memory until the next call.
func (p *packer) pack(topic string, n uint64, write func(io.Writer) error) (records []*kgo.Record, size int, err error) {
	p.packed.Reset()
	p.encoder.Reset(&p.packed)
	if err := errors.Join(write(p.encoder), p.encoder.Close()); err != nil {
		return nil, 0, err
	}
	packed := p.packed.Bytes()
	size = len(packed)
	parts := (size + partBytes - 1) / partBytes
	if parts > maxParts {
		return nil, size, &TooLargeError{size}
	}
	for i := range parts {
		place := binary.BigEndian.AppendUint64(nil, n)
		place = append(place, byte(i), byte(parts))
		records = append(records, &kgo.Record{
			Topic: topic, Key: fmt.Appendf(nil, "%s%d", partKey, i),
			Value:   packed[i*partBytes : min(size, (i+1)*partBytes)],
			Headers: []kgo.RecordHeader{{Key: partPlace, Value: place}},
		})
	}
	return records, size, nil
}

// unpack reads a packed checkpoint.
func unpack(packed []byte) (cp state.Checkpoint, err error) {
	d, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return cp, err
	}
	defer d.Close()
	return state.Read(d)
}

// assembler puts the parts of checkpoints together. It holds the newest whole one, and
// the parts of the one after it.
type assembler struct {
	packed []byte // of the newest whole one; nil for none
	number uint64 // of it

	coming uint64
	parts  [][]byte
	bytes  int
}

// add takes a record of the topic; one that is no part is ignored.
func (a *assembler) add(r *kgo.Record) {
	for _, h := range r.Headers {
		if h.Key != partPlace || len(h.Value) != 10 {
			continue
		}
		n, i, parts := binary.BigEndian.Uint64(h.Value), int(h.Value[8]), int(h.Value[9])
		if i >= parts || parts > maxParts {
			return
		}
		if n != a.coming || i == 0 || len(a.parts) != parts {
			a.coming, a.parts, a.bytes = n, make([][]byte, parts), 0
		}
		if a.parts[i] == nil {
			a.bytes += len(r.Value)
		}
		a.parts[i] = append([]byte{}, r.Value...)
		a.finish()
		return
	}
}

// finish makes one piece of the parts where all are there.
func (a *assembler) finish() {
	for _, part := range a.parts {
		if part == nil {
			return
		}
	}
	whole := make([]byte, 0, a.bytes)
	for _, part := range a.parts {
		whole = append(whole, part...)
	}
	a.packed, a.number, a.parts, a.bytes = whole, a.coming, nil, 0
}
