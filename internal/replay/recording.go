package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"wvwatch/internal/codes"
	"wvwatch/internal/logread"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// recording is what old logs hold, by the time at which it happened. Codes are
// kept one by one (48 bytes each), and so are requests that name a client, those
// that failed without a code, and the sample that labels are read of; all else is
// numbers by step of 10 s, which is as fine as the ledger's windows are.
type recording struct {
	source  string
	files   int
	lines   int
	untimed int   // codes and requests before any record with a time
	hits    []hit // in the order of time
	steps   map[int64]*stepTally
	labels  labelSets
	names   []string // of the files, at most 65,535
}

// hit is one code in one record, or one request.
type hit struct {
	at      int64  // Unix nanoseconds
	id      uint64 // of the correlation id; 0 for none
	client  uint64 // likewise
	labels  int32  // number of the set
	code    int16  // 0 for a request
	drm     codes.DRM
	outcome parser.Outcome // of a request
	coded   bool           // likewise
	sampled bool           // the labels were read
	took    uint32         // of a request, milliseconds; 0 where it is unknown
	file    uint16         // index in names
	line    uint32         // of the file, from 1
}

// stepTally is what was logged within a step besides hits.
type stepTally struct {
	lines    uint32
	requests [codes.NumDRM][parser.NumOutcomes]uint32
}

func stepOf(nanos int64) int64 { return nanos / int64(metrics.Step) }

// at returns the tally of a step.
func (r *recording) at(step int64) *stepTally {
	t := r.steps[step]
	if t == nil {
		t = new(stepTally)
		r.steps[step] = t
	}
	return t
}

// cut drops what happened at to or later; zero for nothing. Numbers go by whole
// steps.
func (r *recording) cut(to time.Time) {
	if to.IsZero() {
		return
	}
	n, _ := slices.BinarySearchFunc(r.hits, to.UnixNano(), func(h hit, at int64) int { return cmp.Compare(h.at, at) })
	r.hits = r.hits[:n]
	last := stepOf(to.UnixNano() - 1)
	maps.DeleteFunc(r.steps, func(step int64, _ *stepTally) bool { return step > last })
}

// counts returns the codes and licence requests.
func (r *recording) counts() (hits, requests int) {
	for _, t := range r.steps {
		for _, outcomes := range t.requests {
			for _, n := range outcomes {
				requests += int(n)
			}
		}
	}
	for i := range r.hits {
		if r.hits[i].code == 0 {
			requests++
		} else {
			hits++
		}
	}
	return hits, requests
}

// reading is how logs become a recording.
type reading struct {
	source   string
	parser   parser.Config
	cat      *codes.Catalogue
	every    uint32    // of so many requests and codes, one has its labels read
	stdin    io.Reader // for "-"
	progress io.Writer
}

// record reads the files, as many at a time as there are processors. A file
// that can not be read does not keep the others from being played.
func (g reading) record(ctx context.Context, files []string) (*recording, error) {
	var read atomic.Int64
	bar := logread.StartProgress(g.progress, files, &read)
	defer bar.Stop()
	seed := maphash.MakeSeed()
	parts := make([]*fileRecorder, len(files))
	errs := make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, file := range files {
		group.Go(func() error {
			parts[i], errs[i] = g.recordFile(ctx, file, seed, &read)
			return nil
		})
	}
	_ = group.Wait() // errors are gathered in errs, so that all are reported
	all := &recording{source: g.source, steps: make(map[int64]*stepTally)}
	for i, part := range parts {
		if part == nil {
			continue
		}
		if errs[i] == nil {
			all.files++
		}
		all.add(&part.recording, files[i])
	}
	if !slices.IsSortedFunc(all.hits, byTime) {
		slices.SortStableFunc(all.hits, byTime)
	}
	return all, errors.Join(errs...)
}

func byTime(a, b hit) int { return cmp.Compare(a.at, b.at) }

// add takes over part, which has numbers of its own for the sets of labels.
func (r *recording) add(part *recording, name string) {
	if len(r.names) < math.MaxUint16 {
		r.names = append(r.names, name)
	}
	r.labels.names, r.labels.unasked = part.labels.names, part.labels.unasked // the source is the same
	r.lines += part.lines
	r.untimed += part.untimed
	for _, h := range part.hits {
		if h.labels != 0 {
			s := &part.labels.sets[h.labels]
			h.labels = r.labels.number(s.tenant, s.values)
		}
		h.file = uint16(len(r.names) - 1)
		r.hits = append(r.hits, h)
	}
	for step, t := range part.steps {
		sum := r.at(step)
		sum.lines += t.lines
		for d := range t.requests {
			for o, n := range t.requests[d] {
				sum.requests[d][o] += n
			}
		}
	}
}

// fileRecorder records one file.
type fileRecorder struct {
	recording
	seed        maphash.Seed
	first, last int64 // the times of the first and last record that had one; 0 for none yet
	skipped     int   // lines that are too long
	unplaced    int   // records without a time since then
}

func (g reading) recordFile(ctx context.Context, file string, seed maphash.Seed, read *atomic.Int64) (*fileRecorder, error) {
	p, err := parser.New(g.parser, g.cat)
	if err != nil {
		return nil, err
	}
	l, err := logread.Open(file, g.stdin, read)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	p.SetFile(file)
	p.SetSample(g.every, g.every)
	b := logread.NewScanner(p)
	if info, err := os.Stat(file); err == nil && file != "-" {
		p.SetReference(info.ModTime()) // times without a year are near it
	}
	r := &fileRecorder{
		recording: recording{steps: make(map[int64]*stepTally)},
		seed:      seed,
	}
	if err := b.Scan(l, func(res *parser.Result, skipped int) error {
		r.take(res)
		r.skipped += skipped
		return ctx.Err()
	}); err != nil {
		return r, fmt.Errorf("%s: after %d lines: %w", file, r.lines, unexpected(err))
	}
	r.lines += b.Overlong()
	return r, nil
}

// unexpected makes the end of a compressed file that was cut off readable.
func unexpected(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut off")
	}
	return err
}

// take records what was found in a block. Requests come without their lines, so
// the time for a code that has none is sought among the codes, and before the
// block.
func (r *fileRecorder) take(res *parser.Result) {
	first := r.lines + r.skipped
	r.lines += res.Lines
	r.labels.names, r.labels.unasked = res.Labels, res.Unasked
	before := r.last
	for i := range res.Requests {
		q := &res.Requests[i]
		if at, ok := r.when(q.Time); ok {
			t := r.at(stepOf(at))
			t.lines++
			if q.Sampled || q.Client != nil || q.Outcome != parser.Granted && !q.Coded {
				h := hit{
					at: at, id: r.hash(q.CorrelationID), client: r.hash(q.Client), drm: q.DRM, outcome: q.Outcome, coded: q.Coded, sampled: q.Sampled,
					took: uint32(min(q.Duration/time.Millisecond, math.MaxUint32)),
				}
				if q.Sampled {
					h.labels = r.labels.number(q.Tenant, q.Labels)
				}
				r.hits = append(r.hits, h)
				continue
			}
			t.requests[min(int(q.DRM), codes.NumDRM-1)][min(q.Outcome, parser.Gateway)]++
		}
	}
	known := r.last
	r.last = cmp.Or(before, r.first)
	for i := range res.Events {
		e := &res.Events[i]
		if at, ok := r.when(e.Time); ok {
			r.at(stepOf(at)).lines++
			h := hit{at: at, line: uint32(first + e.Line + 1), id: r.hash(e.CorrelationID), client: r.hash(e.Client), code: int16(e.Code), drm: e.DRM}
			h.sampled, h.labels = e.Sampled, r.labels.number(e.Tenant, e.Labels)
			r.hits = append(r.hits, h)
		}
	}
	r.last = max(known, r.last)
	r.unplaced += res.Records - max(len(res.Requests), len(res.Events))
	if len(res.Requests)+len(res.Events) > 0 && r.last != 0 {
		r.spread(cmp.Or(before, r.first))
	}
}

// when returns the time of a record: its own, or that of the one before.
func (r *fileRecorder) when(t int64) (int64, bool) {
	if t != 0 {
		r.last = t
		r.first = cmp.Or(r.first, t)
	}
	if r.last == 0 {
		r.untimed++
	}
	return r.last, r.last != 0
}

// spread places the records without a time between from and the last time, so
// that a source that goes on logging other things is not taken for silent.
func (r *fileRecorder) spread(from int64) {
	first, last := stepOf(from), stepOf(r.last)
	n := int64(max(r.unplaced, 0))
	r.unplaced = 0
	if first >= last {
		first = last - 1
	}
	places := min(last-first, n)
	for i := range places {
		step := last - (last-first)*i/places
		r.at(step).lines += uint32(n / places)
	}
}

// hash returns a number for a correlation id; 0 for none.
func (r *fileRecorder) hash(id []byte) uint64 {
	if len(id) == 0 {
		return 0
	}
	return maphash.Bytes(r.seed, id) | 1
}
