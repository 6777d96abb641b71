package tailer

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// marks are guards of a file at earlier offsets: at each power of two, and where
// the last commits ended. By them a copy is known that was made before all was
// read that is read now, at whatever size. They are saved with the position,
// since the copy may be met after a restart, when the original is truncated.
type marks struct {
	grid   []uint32 // of the offsets 8, 16, 32 and so on; 0 for unknown
	recent []mark   // the oldest first
}

// mark is the guard of an earlier offset.
type mark struct {
	offset int64
	hash   uint32 // of the up to 512 bytes before it
}

const (
	firstMark = 8
	maxRecent = 8
)

func markOf(guard []byte) uint32 { return uint32(xxhash.Sum64(guard)) }

// commit notes that a commit ended at offset.
func (m *marks) commit(offset int64, guard uint64) {
	if len(m.recent) == maxRecent {
		m.recent = m.recent[:copy(m.recent, m.recent[1:])]
	}
	m.recent = append(m.recent, mark{offset, uint32(guard)})
}

// cover notes the powers of two up to offset. before are the bytes that end
// there, with guardMax of those in front of what was not covered yet.
func (m *marks) cover(before []byte, offset int64) {
	for {
		p := int64(firstMark) << len(m.grid)
		if p > offset {
			return
		}
		hash := uint32(0)
		end := int64(len(before)) - (offset - p)
		if from := end - min(p, guardMax); from >= 0 {
			hash = markOf(before[from:end])
		}
		m.grid = append(m.grid, hash)
	}
}

// marksOf reads the marks of c up to offset.
func marksOf(c content, offset int64) (marks, error) {
	var (
		m marks
		b [guardMax]byte
	)
	for p := int64(firstMark); p <= offset; p *= 2 {
		guard := b[:min(p, guardMax)]
		if n, err := readFull(c, guard, p-int64(len(guard))); err != nil || n < len(guard) {
			return m, err
		}
		m.grid = append(m.grid, markOf(guard))
	}
	return m, nil
}

// last returns the mark nearest to size, from below; of no less than half of it.
func (m *marks) last(size int64) (last mark, ok bool) {
	for k, hash := range m.grid {
		if p := int64(firstMark) << k; p <= size {
			last = mark{p, hash}
		}
	}
	for _, r := range m.recent {
		if r.offset <= size && r.offset > last.offset {
			last = r
		}
	}
	return last, last.hash != 0 && 2*last.offset > size
}

// in reports whether c, which is size bytes long, is the begin of the file the
// marks are of.
func (m *marks) in(c content, size int64) (bool, error) {
	last, ok := m.last(size)
	if !ok {
		return false, nil
	}
	var b [guardMax]byte
	guard := b[:min(last.offset, guardMax)]
	n, err := readFull(c, guard, last.offset-int64(len(guard)))
	return n == len(guard) && markOf(guard) == last.hash, err
}

// pack writes m as a Position keeps it.
func (m *marks) pack() string {
	b := make([]byte, 0, 256)
	b = append(b, byte(len(m.grid)))
	for _, hash := range m.grid {
		b = binary.LittleEndian.AppendUint32(b, hash)
	}
	for _, r := range m.recent {
		b = binary.AppendUvarint(b, uint64(r.offset))
		b = binary.LittleEndian.AppendUint32(b, r.hash)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// unpackMarks reads what pack wrote; of anything else it returns what it can.
func unpackMarks(s string) (m marks) {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return m
	}
	n := min(int(b[0]), 60)
	for b = b[1:]; len(m.grid) < n && len(b) >= 4; b = b[4:] {
		m.grid = append(m.grid, binary.LittleEndian.Uint32(b))
	}
	for len(m.recent) < maxRecent {
		offset, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+4 {
			break
		}
		m.recent = append(m.recent, mark{int64(offset), binary.LittleEndian.Uint32(b[n:])})
		b = b[n+4:]
	}
	return m
}
