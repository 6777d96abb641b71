package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"wvwatch/internal/series"
)

// Bounds on what scrapes hold in memory.
const (
	maxSnapshots = 3                // held at once; where a further one is needed, the readers of the oldest are let go
	shareFor     = time.Second      // a scrape gets the snapshot that another one is reading, unless it is older
	shareCrowded = 10 * time.Second // the same where maxSnapshots are being read: each reader has at least this long
)

// The levels of gzip: a small exposition is packed to two thirds of what the fastest
// level gives, of a large one that would be most of the work.
const (
	packBest  = 8
	packFast  = 3
	packLarge = 128 << 10 // packed
)

// exposition answers /metrics. It encodes the series into compressed memory and
// writes from there, so that a scraper that reads slowly holds no series, and
// scrapers that read at the same time share one snapshot. promhttp encodes for
// each scraper and holds all families until it has read the last byte.
type exposition struct {
	gatherer prometheus.Gatherer
	sources  []series.Source
	errs     *scrapeErrors

	making    sync.Mutex // held while a snapshot is made: one at a time
	size      int        // of the last one, packed; under making
	mu        sync.Mutex
	snapshots []*exposed // that are read now, oldest first
	waiting   int        // scrapes without a snapshot yet
}

// exposed are the series of one moment in one format.
type exposed struct {
	content content
	made    time.Time
	packed  []byte // by gzip
	readers int    // under exposition.mu
	ctx     context.Context
	release context.CancelFunc // lets the readers go
}

func newExposition(gatherer prometheus.Gatherer, sources []series.Source, errs *scrapeErrors) *exposition {
	return &exposition{gatherer: gatherer, sources: sources, errs: errs}
}

// content is what a scraper asks for.
type content struct {
	format expfmt.Format
	groups string // the wanted groups, sorted, with commas between them; "" for all
}

// contentOf returns what a scrape asks for, by its headers and its parameters
// collect[].
func contentOf(r *http.Request) (content, error) {
	c := content{format: formatOf(r.Header)}
	var groups []string
	for _, name := range r.URL.Query()["collect[]"] {
		if !slices.Contains(series.Groups(), series.Group(name)) {
			return c, fmt.Errorf("collect[]: unknown group %q: one of %v", name, series.Groups())
		}
		if !slices.Contains(groups, name) {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	c.groups = strings.Join(groups, ",")
	return c, nil
}

// wanted reports whether the series of a group are asked for.
func (c content) wanted(g series.Group) bool {
	return c.groups == "" || slices.Contains(strings.Split(c.groups, ","), string(g))
}

// ServeHTTP implements http.Handler.
func (e *exposition) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := contentOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s, err := e.take(r.Context(), c)
	switch {
	case r.Context().Err() != nil:
		if err == nil {
			e.leave(s)
		}
		return // the client went away, or its connection was closed for another
	case err != nil:
		e.errs.note(err)
		http.Error(w, "collect the series: "+err.Error(), http.StatusInternalServerError)
		return
	}
	defer e.leave(s)
	out := http.NewResponseController(w)
	stop := context.AfterFunc(s.ctx, func() {
		_ = out.SetWriteDeadline(time.Unix(1, 0)) // ends a write that waits for the client
	})
	defer stop()
	h := w.Header()
	h.Set("Content-Type", string(s.content.format))
	h.Set("Vary", "Accept, Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(s.packed)))
		_, _ = w.Write(s.packed) // a client that went away needs no answer
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(s.packed))
	if err == nil {
		_, _ = io.Copy(w, z) // as above; the data is whole
	}
}

// takesGzip reports whether the client accepts gzip by name.
func takesGzip(r *http.Request) bool {
	for _, offer := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(offer, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q="), 64)
		return quality == "" || err == nil && q > 0
	}
	return false
}

// formats are what a scraper may ask for, the best first. Their escaping schemes are
// left out: the names of all series are plain, and each scheme would need a snapshot
// of its own.
var formats = []expfmt.Format{
	expfmt.NewFormat(expfmt.TypeProtoDelim), mustOpenMetrics(expfmt.OpenMetricsVersion_1_0_0), mustOpenMetrics(expfmt.OpenMetricsVersion_0_0_1),
	expfmt.NewFormat(expfmt.TypeTextPlain),
}

func mustOpenMetrics(version string) expfmt.Format {
	f, err := expfmt.NewOpenMetricsFormat(version)
	if err != nil {
		panic(err) // the library has both
	}
	return f
}

// formatOf returns the format that a scraper asks for.
func formatOf(h http.Header) expfmt.Format {
	chosen := expfmt.NegotiateAccept(h, formats...)
	for _, f := range formats {
		if strings.HasPrefix(string(chosen), string(f)) {
			return f
		}
	}
	return expfmt.NewFormat(expfmt.TypeTextPlain)
}

// take returns a snapshot to read: one that others are reading, or a new one. It
// fails where ctx is done before.
func (e *exposition) take(ctx context.Context, c content) (*exposed, error) {
	e.wait(1)
	defer e.wait(-1)
	e.making.Lock()
	defer e.making.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s := e.share(c); s != nil {
		return s, nil
	}
	made := time.Now()
	packed, err := e.encode(c)
	if err != nil {
		return nil, err
	}
	s := &exposed{content: c, made: made, packed: packed, readers: 1}
	s.ctx, s.release = context.WithCancel(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.snapshots) == maxSnapshots {
		e.drop()
	}
	if len(e.snapshots) == maxSnapshots {
		e.snapshots[0].release()
		e.snapshots = slices.Delete(e.snapshots, 0, 1)
	}
	e.snapshots = append(e.snapshots, s)
	return s, nil
}

// wait counts scrapes that wait for a snapshot: while there are any, those without a
// reader are kept for them.
func (e *exposition) wait(more int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting += more; e.waiting == 0 {
		e.drop()
	}
}

// drop lets go of the snapshots without a reader. It is called with mu held.
func (e *exposition) drop() {
	e.snapshots = slices.DeleteFunc(e.snapshots, func(s *exposed) bool {
		if s.readers == 0 {
			s.release()
		}
		return s.readers == 0
	})
}

// share returns the newest snapshot of a content if it is young enough; else nil.
func (e *exposition) share(c content) *exposed {
	e.mu.Lock()
	defer e.mu.Unlock()
	bound := shareFor
	if len(e.snapshots) == maxSnapshots {
		bound = shareCrowded
	}
	for _, s := range slices.Backward(e.snapshots) {
		if s.content == c && time.Since(s.made) < bound {
			s.readers++
			return s
		}
	}
	return nil
}

// leave ends the reading of a snapshot.
func (e *exposition) leave(s *exposed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.readers--; s.readers == 0 && e.waiting == 0 {
		e.drop()
	}
}

// encode returns the series that are asked for, packed. Half an exposition would look
// like vanished series: an error leaves nothing.
func (e *exposition) encode(c content) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(e.size + e.size/8)
	level := packBest
	if e.size > packLarge {
		level = packFast
	}
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		return nil, err
	}
	enc := expfmt.NewEncoder(z, c.format)
	if err := errors.Join(e.encodeSources(z, enc, c), e.encodeGathered(enc, c)); err != nil {
		return nil, err
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	e.size = b.Len()
	return slices.Clip(b.Bytes()), nil
}

// encodeSources writes the series of the sources: in a text format directly to w, as
// messages to enc.
func (e *exposition) encodeSources(w io.Writer, enc expfmt.Encoder, c content) error {
	if kind := c.format.FormatType(); kind == expfmt.TypeTextPlain || kind == expfmt.TypeOpenMetrics {
		text := series.NewText(w, kind == expfmt.TypeOpenMetrics)
		for _, s := range e.sources {
			s.WriteSeries(text, c.wanted)
		}
		return text.Flush()
	}
	for _, s := range e.sources {
		if err := encodeAll(enc, series.Families(s, c.wanted)); err != nil {
			return err
		}
	}
	return nil
}

// encodeGathered writes what the registry has, which are the daemon's own series.
func (e *exposition) encodeGathered(enc expfmt.Encoder, c content) error {
	if !c.wanted(series.Daemon) {
		return nil
	}
	families, err := e.gatherer.Gather()
	if err != nil {
		return err
	}
	return encodeAll(enc, families)
}

func encodeAll(enc expfmt.Encoder, families []*dto.MetricFamily) error {
	for i, f := range families {
		if err := enc.Encode(f); err != nil {
			return err
		}
		families[i] = nil // not needed any more
	}
	return nil
}
