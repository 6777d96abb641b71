package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// segment is one file of a spool. Offsets count the bytes of all segments one
// after the other; a file is named for the offset at which it begins.
type segment struct {
	base, end  int64
	generation generation
	sealed     bool
	spent      time.Time // when the last two checkpoints had counted it; zero before that
}

func (g segment) size() int64 { return g.end - g.base }

const segmentSuffix = ".seg"

func segmentPath(dir string, base int64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", base, segmentSuffix))
}

// listSegments returns the bases of the segments in dir in order.
func listSegments(dir string) (bases []int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), segmentSuffix)
		if base, err := strconv.ParseInt(name, 10, 64); ok && err == nil {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// checkSegment reads at most limit bytes of a segment and returns its generation and how
// many bytes are whole frames, and hands each frame to see. What follows a frame that is
// torn or damaged, or that an earlier segment left in the file, is not read.
func checkSegment(path string, limit int64, see func(h header)) (g generation, whole int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(io.LimitReader(f, limit), 256<<10)
	start := make([]byte, segmentHeader)
	if _, err := io.ReadFull(in, start); err != nil {
		return 0, 0, eof(err)
	}
	g, ok := parseGeneration(start)
	if !ok {
		return 0, 0, nil
	}
	for whole = int64(segmentHeader); ; {
		head, err := in.Peek(frameHeader)
		if err != nil {
			return g, whole, eof(err)
		}
		h := parseHeader(head)
		if found, err := sumOf(in, g, frameHeader+h.length); err != nil || found != h.sum {
			return g, whole, eof(err)
		}
		whole += int64(frameHeader + h.length)
		see(h)
	}
}

// sumOf reads a frame of n bytes and returns the checksum that it should have. It
// allocates nothing by n.
func sumOf(in *bufio.Reader, g generation, n int) (uint32, error) {
	const checksum = 4 // bytes, which are not part of it
	if _, err := in.Discard(checksum); err != nil {
		return 0, err
	}
	s := uint32(g)
	for n -= checksum; n > 0; {
		b, err := in.Peek(min(n, in.Size()))
		if err != nil {
			return 0, err
		}
		s = sum(s, b)
		n -= len(b)
		if _, err := in.Discard(len(b)); err != nil {
			return 0, err
		}
	}
	return s, nil
}

// eof returns nil for the end of a file.
func eof(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// createSegment makes the file of a new segment.
func createSegment(dir string, base int64, sync bool) (*os.File, error) {
	f, err := os.OpenFile(segmentPath(dir, base), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(generation(0).header()); err == nil && sync {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

// reuseSegment makes the file of the counted segment old that of a new one, of the next
// generation. The new header is durable before the file has its new name: otherwise a power
// failure could leave the frames of old under it. On an error old is of no use any more.
func reuseSegment(dir string, old segment, base int64, sync bool) (*os.File, error) {
	f, err := os.OpenFile(segmentPath(dir, old.base), os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteAt((old.generation + 1).header(), 0)
	if err == nil {
		err = syncData(f)
	}
	if err == nil {
		err = os.Rename(f.Name(), segmentPath(dir, base))
	}
	if err == nil && sync {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
