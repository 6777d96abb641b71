package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// body is an answer that stays the same: it is not sent again to a client that has it.
type body struct {
	kind string // media type
	tag  string // ETag; weak, so that it holds for the compressed answer, too
	text []byte
}

func newBody(kind string, text []byte) http.Handler {
	sum := sha256.Sum256(text)
	return compressed(&body{kind: kind, tag: `W/"` + hex.EncodeToString(sum[:8]) + `"`, text: text})
}

// ServeHTTP implements http.Handler. The answer may be kept, but is asked for
// again each time, so that a new version is seen at once.
func (b *body) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", b.kind)
	h.Set("ETag", b.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.text))
}

// compressed returns a handler that compresses the answers of h by gzip where the client
// accepts that and they are longer than a packet. /metrics is not one of them: its
// scrapers share what is compressed once.
func compressed(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(gzip.BestCompression))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(h)
}
