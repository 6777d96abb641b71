package spool

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/cespare/xxhash/v2"
)

// A segment is a header of segmentHeader bytes followed by frames. A frame is a batch:
// frameHeader bytes, little endian, then the lines.
//
//	0  uint32  CRC-32C of the rest of the header and of the lines, begun with the generation
//	4  uint32  length of the lines
//	8  int64   when it was received, Unix nanoseconds
//	16 uint64  stream
//	24 [16]    identity
//
// The file of a counted segment is reused for a new one, since overwriting blocks costs
// a third of allocating them. generation is how often that happened; its number is in the
// segment's header, and seeds the checksums of its frames. So what an earlier segment left
// in the file is never a valid frame of this one, also where a write was torn.
const (
	magic         = "wvspool1" // of generation 0; later ones change its last four bytes
	segmentHeader = len(magic)
	frameHeader   = 40
)

type generation uint32

// header returns the header of a segment.
func (g generation) header() []byte {
	b := []byte(magic)
	binary.LittleEndian.PutUint32(b[4:], binary.LittleEndian.Uint32(b[4:])^uint32(g))
	return b
}

// parseGeneration decodes a segment's header. ok is false for another file.
func parseGeneration(b []byte) (g generation, ok bool) {
	first := []byte(magic)
	g = generation(binary.LittleEndian.Uint32(b[4:]) ^ binary.LittleEndian.Uint32(first[4:]))
	return g, string(b[:4]) == magic[:4]
}

// sum continues the checksum of a frame, which begins with sum(uint32(g), first bytes).
func sum(before uint32, b []byte) uint32 { return crc32.Update(before, castagnoli, b) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Identity names a batch: a sender that repeats it gives the same one.
type Identity [16]byte

// IdentityOf returns the identity of a batch that has no number of its own: two
// batches of one sender with equal bodies are taken for a batch and its repetition.
func IdentityOf(sender string, body []byte) (id Identity) {
	binary.LittleEndian.PutUint64(id[:], xxhash.Sum64(body))
	binary.LittleEndian.PutUint64(id[8:], xxhash.Sum64String(sender)+uint64(len(body))|1)
	return id
}

// Batch is what one request, or one read of a connection, delivered.
type Batch struct {
	Lines  []byte   // whole lines, each ends in '\n', which is added to the last one; borrowed until Append returns
	Stream uint64   // records may go on in the next batch of the same stream; 0: each batch ends its records
	ID     Identity // the zero value is never a repetition
}

// header is the decoded header of a frame.
type header struct {
	sum      uint32
	length   int
	received int64
	stream   uint64
	id       Identity
}

// appendFrame appends b as a frame, without its checksum: see stamp.
func appendFrame(dst []byte, b Batch, received int64) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.Lines)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(received))
	dst = binary.LittleEndian.AppendUint64(dst, b.Stream)
	dst = append(dst, b.ID[:]...)
	dst = append(dst, b.Lines...)
	if n := len(b.Lines); n == 0 || b.Lines[n-1] != '\n' {
		dst = append(dst, '\n')
		binary.LittleEndian.PutUint32(dst[start+4:], uint32(n+1))
	}
	return dst
}

// stamp writes the checksums of frames that go into a segment of generation g.
func stamp(frames []byte, g generation) {
	for len(frames) > 0 {
		n := frameHeader + parseHeader(frames).length
		binary.LittleEndian.PutUint32(frames, sum(uint32(g), frames[4:n]))
		frames = frames[n:]
	}
}

// parseHeader decodes the first frameHeader bytes of b.
func parseHeader(b []byte) (h header) {
	h.sum = binary.LittleEndian.Uint32(b)
	h.length = int(binary.LittleEndian.Uint32(b[4:]))
	h.received = int64(binary.LittleEndian.Uint64(b[8:]))
	h.stream = binary.LittleEndian.Uint64(b[16:])
	copy(h.id[:], b[24:])
	return h
}
