package spool

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// segment is one file of a spool. Offsets count the bytes of all segments one
// after the other; a file is named for the offset at which it begins.
type segment struct {
	base, end int64
	sealed    bool
}

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

// checkSegment reads at most limit bytes of a segment and returns how many of them
// are whole frames, and hands each frame to see. What follows a frame that is torn
// or damaged is not read.
func checkSegment(path string, limit int64, see func(h header)) (whole int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(io.LimitReader(f, limit), 256<<10)
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(in, start); err != nil || string(start) != magic {
		return 0, eof(err)
	}
	whole = int64(len(magic))
	head := make([]byte, frameHeader)
	for {
		if _, err := io.ReadFull(in, head); err != nil {
			return whole, eof(err)
		}
		h := parseHeader(head)
		sum := crc32.New(castagnoli)
		_, _ = sum.Write(head[4:])                                                            // a hash returns no error
		if _, err := io.CopyN(sum, in, int64(h.length)); err != nil || sum.Sum32() != h.sum { // no allocation by h.length
			return whole, eof(err)
		}
		whole += int64(frameHeader + h.length)
		see(h)
	}
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
	if _, err = f.WriteString(magic); err == nil && sync {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
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
