package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// body is an answer that stays the same: packed once, when it is first asked for,
// and not sent again to who has it.
type body struct {
	kind   string // media type
	tag    string // ETag
	plain  []byte
	packed func() []byte // by gzip; nil where that gains nothing
}

func newBody(kind string, plain []byte) *body {
	sum := sha256.Sum256(plain)
	return &body{
		kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, plain: plain,
		packed: sync.OnceValue(func() []byte {
			if packed := pack(plain, gzip.BestCompression); len(packed) < len(plain) {
				return packed
			}
			return nil
		}),
	}
}

// ServeHTTP implements http.Handler. The answer may be kept, but is asked for
// again each time, so that a new version is seen at once.
func (b *body) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	var packed []byte
	if takesGzip(r) {
		packed = b.packed()
	}
	tag := b.tag
	if packed != nil { // another body, another tag
		tag = strings.TrimSuffix(tag, `"`) + `-gzip"`
	}
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if packed != nil {
		send(w, b.kind, "gzip", packed)
		return
	}
	send(w, b.kind, "", b.plain)
}

// send writes a whole answer.
func send(w http.ResponseWriter, kind, encoding string, text []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // a client that went away needs no answer
}

// pack returns text by gzip.
func pack(text []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(text) // to memory
	_ = z.Close()
	return b.Bytes()
}

// takesGzip reports whether the client accepts gzip by name.
func takesGzip(r *http.Request) bool {
	for offer := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(offer, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(quality, " ", ""), "q="), 64)
		return quality == "" || err == nil && q > 0
	}
	return false
}

// matches reports whether tag is among those of If-None-Match.
func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}
