package logfs

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// marks are guards of a text at earlier offsets: at each power of two, where the
// last commits ended, and at the ends of the last lines. The first two recognise
// a copy that was made before all was consumed, whatever its size; the lines show
// how much is left where the end of a file is changed in place. They are saved
// with the position, since both may be met after a restart.
type marks struct {
	grid    []uint32 // of the offsets 8, 16, 32 and so on; 0 for unknown
	commits []mark   // the oldest first, like all below
	lines   []mark   // after the newlines of the last lines, without a gap
	inner   []mark   // before the newlines of the very last lines
}

// mark is the guard of an earlier offset.
type mark struct {
	offset int64
	hash   uint32 // of the up to 512 bytes before it
}

const (
	firstMark  = 8
	maxCommits = 8
	maxLines   = 256
	maxInner   = 8
	savedLines = 32 // of the lines, in a checkpoint
)

func markOf(guard []byte) uint32 { return uint32(xxhash.Sum64(guard)) }

// add appends m, in place of the oldest where there are most.
func add(all []mark, m mark, most int) []mark {
	if len(all) >= most {
		all = all[:copy(all, all[len(all)-most+1:])]
	}
	return append(all, m)
}

// commit notes that a commit ended at offset.
func (m *marks) commit(offset int64, guard uint64) {
	m.commits = add(m.commits, mark{offset, uint32(guard)}, maxCommits)
}

// cover notes the powers of two up to offset. before are the bytes that end
// there, with GuardMax of those in front of what was not covered yet.
func (m *marks) cover(before []byte, offset int64) {
	for {
		p := int64(firstMark) << len(m.grid)
		if p > offset {
			return
		}
		hash := uint32(0)
		end := int64(len(before)) - (offset - p)
		if from := end - min(p, GuardMax); from >= 0 {
			hash = markOf(before[from:end])
		}
		m.grid = append(m.grid, hash)
	}
}

// line notes the ends of the last lines of the n bytes that end before, which
// were consumed from the offset was to the offset now.
func (m *marks) line(before []byte, n int, was, now int64) {
	if k := len(m.lines); k > 0 && m.lines[k-1].offset != was {
		m.lines = m.lines[:0]
	}
	text := before[len(before)-n:]
	from := len(text)
	for lines := 0; from > 0 && lines < maxLines; lines++ {
		from = bytes.LastIndexByte(text[:from-1], '\n') + 1
	}
	for from < len(text) {
		end := bytes.IndexByte(text[from:], '\n') + 1
		if end == 0 {
			return
		}
		from += end
		at := len(before) - len(text) + from
		offset := now - int64(len(text)-from)
		m.lines = add(m.lines, mark{offset, markOf(before[max(0, at-GuardMax):at])}, maxLines)
		if len(text)-from < GuardMax*maxInner {
			m.inner = add(m.inner, mark{offset - 1, markOf(before[max(0, at-1-GuardMax) : at-1])}, maxInner)
		}
	}
}

// marksOf reads the marks of c up to offset, the lines aside.
func marksOf(c Content, offset int64) (marks, error) {
	var (
		m marks
		b [GuardMax]byte
	)
	for p := int64(firstMark); p <= offset; p *= 2 {
		guard := b[:min(p, GuardMax)]
		if n, err := ReadFull(c, guard, p-int64(len(guard))); err != nil || n < len(guard) {
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
	for _, all := range [][]mark{m.commits, m.lines} {
		for _, r := range all {
			if r.offset <= size && r.offset > last.offset {
				last = r
			}
		}
	}
	return last, last.hash != 0 && 2*last.offset > size
}

// in reports whether c, which is size bytes long, is the begin of the text the
// marks are of.
func (m *marks) in(c Content, size int64) (bool, error) {
	last, ok := m.last(size)
	if !ok {
		return false, nil
	}
	return last.in(c)
}

// in reports whether the bytes of c before the mark are those it was made of.
func (m mark) in(c Content) (bool, error) {
	var b [GuardMax]byte
	guard := b[:min(m.offset, GuardMax)]
	n, err := ReadFull(c, guard, m.offset-int64(len(guard)))
	if n == len(guard) {
		return markOf(guard) == m.hash, nil
	}
	return false, err
}

// kept returns up to where c, with the text in its first size bytes at most, still
// holds it; 0 where no mark shows it.
func (m *marks) kept(c Content, size int64) (int64, error) {
	kept := int64(0)
	for i, r := range slices.Backward(m.lines) {
		if r.offset > size {
			continue
		}
		same, err := r.in(c)
		if err != nil {
			return 0, err
		}
		if same {
			kept = r.offset
			if i+1 < len(m.lines) && size < m.lines[i+1].offset && !endsLine(c, size) {
				kept = size // cut off within a line that was counted
			}
			break
		}
	}
	for _, r := range slices.Backward(m.inner) {
		if kept == 0 || r.offset <= kept || r.offset > size {
			continue
		}
		if same, err := r.in(c); same || err != nil {
			return r.offset, err // a footer or the end of a line was overwritten
		}
	}
	return kept, nil
}

// linesUpTo returns the marks of the lines that end up to offset.
func (m *marks) linesUpTo(offset int64) []mark {
	n := len(m.lines)
	for n > 0 && m.lines[n-1].offset > offset {
		n--
	}
	return slices.Clone(m.lines[:n])
}

// endsLine reports whether the byte of c before off is a newline.
func endsLine(c Content, off int64) bool {
	var b [1]byte
	n, err := ReadFull(c, b[:], off-1)
	return n == 1 && err == nil && b[0] == '\n'
}

// packed marks begin with this bit, with the length of the grid.
const marksVersion = 0x80

// pack writes m as a Position keeps it.
func (m *marks) pack() string {
	b := make([]byte, 0, 512)
	b = append(b, marksVersion|byte(len(m.grid)))
	for _, hash := range m.grid {
		b = binary.LittleEndian.AppendUint32(b, hash)
	}
	for _, all := range [][]mark{m.commits, m.lines[max(0, len(m.lines)-savedLines):], m.inner} {
		b = append(b, byte(len(all)))
		last := int64(0)
		for _, r := range all {
			b = binary.AppendUvarint(b, uint64(r.offset-last))
			b = binary.LittleEndian.AppendUint32(b, r.hash)
			last = r.offset
		}
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// unpackMarks reads what pack wrote; of anything else it returns what it can.
func unpackMarks(s string) (m marks) {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return m
	}
	first := b[0]
	n := min(int(first&^marksVersion), 60)
	for b = b[1:]; len(m.grid) < n && len(b) >= 4; b = b[4:] {
		m.grid = append(m.grid, binary.LittleEndian.Uint32(b))
	}
	if first&marksVersion == 0 { // of version 0.2 and before: absolute offsets of commits
		m.commits, _ = unpackRun(b, maxCommits, false)
		return m
	}
	for _, run := range []struct {
		to   *[]mark
		most int
	}{{&m.commits, maxCommits}, {&m.lines, maxLines}, {&m.inner, maxInner}} {
		if len(b) == 0 {
			return m
		}
		*run.to, b = unpackRun(b[1:], min(int(b[0]), run.most), true)
	}
	return m
}

// unpackRun reads up to n marks and returns what follows them.
func unpackRun(b []byte, n int, delta bool) (all []mark, rest []byte) {
	last := int64(0)
	for len(all) < n {
		offset, k := binary.Uvarint(b)
		if k <= 0 || len(b) < k+4 {
			return all, nil
		}
		at := int64(offset)
		if delta {
			at += last
		}
		last = at
		if at < 0 {
			return all, nil
		}
		all = append(all, mark{at, binary.LittleEndian.Uint32(b[k:])})
		b = b[k+4:]
	}
	return all, b
}
