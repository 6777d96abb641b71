package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// Bounds on what scrapes hold in memory.
const (
	maxSnapshots = 3                // held at once; where a further one is needed, the readers of the oldest are let go
	shareFor     = time.Second      // a scrape gets the snapshot that another one is reading, unless it is older
	shareCrowded = 10 * time.Second // the same where maxSnapshots are being read: each reader has at least this long
)

// exposition answers /metrics. It encodes the series into compressed memory and
// writes from there, so that a scraper that reads slowly holds no series, and
// scrapers that read at the same time share one snapshot. promhttp encodes for
// each scraper and holds all families until it has read the last byte.
type exposition struct {
	gatherer prometheus.Gatherer
	errs     *scrapeErrors

	making    sync.Mutex // held while a snapshot is made: one at a time
	mu        sync.Mutex
	snapshots []*exposed // that are read now, oldest first
	waiting   int        // scrapes without a snapshot yet
}

// exposed are the series of one moment in one format.
type exposed struct {
	format  expfmt.Format
	made    time.Time
	packed  []byte // by gzip
	readers int    // under exposition.mu
	ctx     context.Context
	release context.CancelFunc // lets the readers go
}

func newExposition(gatherer prometheus.Gatherer, errs *scrapeErrors) *exposition {
	return &exposition{gatherer: gatherer, errs: errs}
}

// ServeHTTP implements http.Handler.
func (e *exposition) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s, err := e.take(r.Context(), formatOf(r.Header))
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
	h.Set("Content-Type", string(s.format))
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
func (e *exposition) take(ctx context.Context, format expfmt.Format) (*exposed, error) {
	e.wait(1)
	defer e.wait(-1)
	e.making.Lock()
	defer e.making.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s := e.share(format); s != nil {
		return s, nil
	}
	made := time.Now()
	packed, err := e.encode(format)
	if err != nil {
		return nil, err
	}
	s := &exposed{format: format, made: made, packed: packed, readers: 1}
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

// share returns the newest snapshot in a format if it is young enough; else nil.
func (e *exposition) share(format expfmt.Format) *exposed {
	e.mu.Lock()
	defer e.mu.Unlock()
	bound := shareFor
	if len(e.snapshots) == maxSnapshots {
		bound = shareCrowded
	}
	for _, s := range slices.Backward(e.snapshots) {
		if s.format == format && time.Since(s.made) < bound {
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

// encode returns the series in a format, packed. Half an exposition would look like
// vanished series: an error leaves nothing.
func (e *exposition) encode(format expfmt.Format) ([]byte, error) {
	families, err := e.gatherer.Gather()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	enc := expfmt.NewEncoder(z, format)
	for i, f := range families {
		if err := enc.Encode(f); err != nil {
			return nil, err
		}
		families[i] = nil // not needed any more
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return slices.Clip(b.Bytes()), nil
}
