package metrics

import (
	"math"
	"slices"
	"sort"
	"time"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// durations is a histogram of how long licence requests took: classic buckets,
// and a native histogram of eight buckets to each doubling, which is within 5 %
// of any quantile. It is changed only by its source; a snapshot shares it until the
// next change.
type durations struct {
	classic [len(durationBounds) + 1]uint64 // by bound, not cumulative; the last is +Inf
	native  [nativeBuckets]uint64
	zero    uint64 // at most nativeZero
	sum     float64
	shared  bool
}

// durationBounds are the classic buckets, in seconds.
var durationBounds = [...]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// The native histogram's resolution and range: schema 3, from a millisecond to
// a quarter of an hour. Bucket i ends at 2^((i+nativeFirst)/8) seconds.
const (
	nativeSchema  = 3
	nativeZero    = 1.0 / 1024
	nativeFirst   = -79
	nativeBuckets = 160
)

// observe returns d with one more request, which is d itself unless it is shared.
func (d *durations) observe(took time.Duration) *durations {
	switch {
	case d == nil:
		d = &durations{}
	case d.shared:
		own := *d
		own.shared = false
		d = &own
	}
	s := took.Seconds()
	d.sum += s
	at := bucketOf(s)
	classic, native := int(at.classic), int(at.native)
	if classic < len(durationBounds) && s > durationBounds[classic] {
		classic++
	}
	d.classic[classic]++
	if s <= nativeZero {
		d.zero++
		return d
	}
	if s > nativeBounds[native] {
		native++
	}
	d.native[min(native, nativeBuckets-1)]++
	return d
}

// nativeBounds are where the native buckets end, in seconds.
var nativeBounds = func() (bounds [nativeBuckets]float64) {
	for i := range bounds {
		bounds[i] = math.Exp2(float64(i+nativeFirst) / (1 << nativeSchema))
	}
	return bounds
}()

// durationCell is a 32nd of a doubling: the buckets in which it begins. It is so
// narrow that at most one of each kind ends within it. Durations vary too much
// for a processor to guess the way through a search.
type durationBucket struct{ classic, native uint8 }

const (
	bucketBits  = 52 - 5 // of the bits of a float64 within a bucket
	firstBucket = (1023 - 10) << 5
)

var durationBuckets = func() (cells [20 << 5]durationBucket) {
	for i := range cells {
		lower := math.Float64frombits(uint64(firstBucket+i) << bucketBits)
		cells[i] = durationBucket{
			uint8(sort.SearchFloat64s(durationBounds[:], lower)),
			uint8(sort.SearchFloat64s(nativeBounds[:], lower)),
		}
	}
	return cells
}()

// bucketOf returns the bucket of s, or the first or last.
func bucketOf(s float64) durationBucket {
	i := int(math.Float64bits(s)>>bucketBits) - firstBucket
	return durationBuckets[max(0, min(i, len(durationBuckets)-1))]
}

// share marks d as seen by a snapshot.
func (d *durations) share() {
	if d != nil {
		d.shared = true
	}
}

func (d *durations) count() (n uint64) {
	for _, c := range d.classic {
		n += c
	}
	return n
}

// histogram returns d as it is exported, of a series that began to exist at created,
// Unix nanoseconds; 0 for unknown.
func (d *durations) histogram(created int64) *dto.Histogram {
	h := &dto.Histogram{
		SampleCount: new(d.count()), SampleSum: new(d.sum),
		Schema: new(int32(nativeSchema)), ZeroThreshold: new(nativeZero), ZeroCount: new(d.zero),
	}
	if created != 0 {
		h.CreatedTimestamp = timestamppb.New(time.Unix(0, created))
	}
	cumulative := uint64(0)
	for i, bound := range durationBounds {
		cumulative += d.classic[i]
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: new(bound), CumulativeCount: new(cumulative)})
	}
	last, before := int32(math.MinInt32), int64(0)
	for i, n := range d.native {
		if n == 0 {
			continue
		}
		at := int32(i + nativeFirst)
		switch spans := h.PositiveSpan; {
		case len(spans) == 0:
			h.PositiveSpan = append(spans, &dto.BucketSpan{Offset: new(at), Length: new(uint32(1))})
		case at == last+1:
			*spans[len(spans)-1].Length++
		default:
			h.PositiveSpan = append(spans, &dto.BucketSpan{Offset: new(at - last - 1), Length: new(uint32(1))})
		}
		h.PositiveDelta = append(h.PositiveDelta, int64(n)-before)
		last, before = at, int64(n)
	}
	if len(h.PositiveSpan) == 0 { // distinguishes an empty native histogram from none
		h.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32(0)), Length: new(uint32(0))}}
	}
	return h
}

// DurationState is a histogram in a checkpoint.
type DurationState struct {
	Classic []uint64    `json:"classic"`
	Native  [][2]uint64 `json:"native,omitempty"` // place and count of those that are not 0
	Zero    uint64      `json:"zero,omitempty"`
	Sum     float64     `json:"sum"`
}

func (d *durations) state() *DurationState {
	if d == nil {
		return nil
	}
	st := &DurationState{Classic: slices.Clone(d.classic[:]), Zero: d.zero, Sum: d.sum}
	for i, n := range d.native {
		if n > 0 {
			st.Native = append(st.Native, [2]uint64{uint64(i), n})
		}
	}
	return st
}

// merge returns d with what st holds; a histogram of other buckets is dropped.
func (d *durations) merge(st *DurationState) *durations {
	if st == nil || len(st.Classic) != len(durationBounds)+1 {
		return d
	}
	sum := durations{}
	if d != nil {
		sum = *d
		sum.shared = false
	}
	for i, n := range st.Classic {
		sum.classic[i] += n
	}
	for _, n := range st.Native {
		if n[0] < nativeBuckets {
			sum.native[n[0]] += n[1]
		}
	}
	sum.zero += st.Zero
	sum.sum += st.Sum
	return &sum
}
