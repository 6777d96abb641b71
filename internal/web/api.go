package web

import (
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

//go:embed api
var apiFiles embed.FS

// maxQueryBytes bounds a search: longer ones are no words of the catalogue.
const maxQueryBytes = 200

// api answers the routes under /api/v1/, which docs/api.md describes.
type api struct {
	feed    *feed
	streams *streams
	whole   wholeCatalogue
	marker  marker
}

func (a *api) status(url.Values) (any, error) { return a.feed.frame().status, nil }

func (a *api) alerts(url.Values) (any, error) { return a.feed.frame().alerts, nil }

func (a *api) sources(url.Values) (any, error) {
	fr := a.feed.frame()
	return struct {
		Now     time.Time   `json:"now"`
		Sources []sourceRow `json:"sources"`
	}{fr.status.Now, fr.sources}, nil
}

func (a *api) codes(q url.Values) (any, error) {
	fr := a.feed.frame()
	source, drm, category := q.Get("source"), q.Get("drm"), q.Get("category")
	if err := checkPlace(fr, source, drm); err != nil {
		return nil, err
	}
	if err := checkCategory(fr, category); err != nil {
		return nil, err
	}
	rows, only := fr.codes, labelled{q.Get("label"), q.Get("value")}
	if only.name != "" {
		if names := fr.snapshot.Labels(); !slices.Contains(names, only.name) {
			return nil, fmt.Errorf("label: %q is none that counts are kept by: %q are, by metrics.labels", only.name, names)
		}
		rows = codeRows(fr.snapshot, only)
	} else if only.value != "" {
		return nil, errors.New("value: of which label? give label too")
	}
	return newCodes(fr, rows, func(r *codeRow) bool {
		return (source == "" || r.Source == source) && (drm == "" || r.DRM.String() == drm) && (category == "" || r.Category == category)
	}), nil
}

func (a *api) series(q url.Values) (any, error) {
	fr, over := a.feed.frame(), metrics.Retention
	if err := checkPlace(fr, q.Get("source"), q.Get("drm")); err != nil {
		return nil, err
	}
	if text := q.Get("over"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Minute || d > metrics.DayRetention {
			return nil, fmt.Errorf("over: %q is no duration from 1m to 48h: write 15m or 6h", text)
		}
		over = d
	}
	var ended []alert.Period
	if a.feed.deps.Periods != nil {
		ended = a.feed.deps.Periods()
	}
	return newSeries(fr, over, q.Get("source"), q.Get("drm"), ended), nil
}

func (a *api) catalogue(w http.ResponseWriter, r *http.Request) {
	cat := a.feed.frame().catalogue
	if r.URL.RawQuery == "" {
		whole, err := a.whole.get(cat)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		whole.ServeHTTP(w, r)
		return
	}
	answer([]string{"drm", "q"}, func(q url.Values) (any, error) {
		if err := checkDRM(q.Get("drm")); err != nil {
			return nil, err
		}
		if n := len(q.Get("q")); n > maxQueryBytes {
			return nil, fmt.Errorf("q: %d bytes: at most %d", n, maxQueryBytes)
		}
		return newCatalogue(cat, q.Get("drm"), q.Get("q")), nil
	})(w, r)
}

// checkPlace refuses a source or drm that there is not: an empty answer would
// look as if nothing had happened there.
func checkPlace(fr *frame, source, drm string) error {
	if source != "" && !fr.hasSource(source) {
		return fmt.Errorf("source: %q is not configured: /api/v1/sources lists those that are", source)
	}
	return checkDRM(drm)
}

func checkDRM(drm string) error {
	if drm == "" || drm == codes.Unknown.String() {
		return nil
	}
	if _, err := codes.ParseDRM(drm); err != nil {
		return fmt.Errorf("drm: %w", err)
	}
	return nil
}

// checkCategory refuses a category that no code has.
func checkCategory(fr *frame, category string, others ...string) error {
	known := slices.Concat(fr.catalogue.Categories(), []string{codes.CategoryUnlisted}, others)
	if category == "" || slices.Contains(known, category) {
		return nil
	}
	return fmt.Errorf("category: %q is none: there are %s", category, strings.Join(known, ", "))
}

// answer returns a handler that writes what build returns; its error is the
// client's fault. Only the named parameters are accepted, each once.
func answer(parameters []string, build func(url.Values) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			refuse(w, http.StatusBadRequest, fmt.Errorf("query: %w", err))
			return
		}
		for name, values := range q {
			if !slices.Contains(parameters, name) {
				refuse(w, http.StatusBadRequest, fmt.Errorf("%q is no parameter here: %s", name, oneOf(parameters)))
				return
			}
			if len(values) > 1 {
				refuse(w, http.StatusBadRequest, fmt.Errorf("%s: given %d times: give it once", name, len(values)))
				return
			}
			if values[0] == "" && name != "value" { // a label may be empty
				refuse(w, http.StatusBadRequest, fmt.Errorf("%s: empty: leave it out", name))
				return
			}
		}
		v, err := build(q)
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		text, err := encode(v)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			send(w, "application/json", "gzip", pack(text, gzip.BestSpeed))
			return
		}
		send(w, "application/json", "", text)
	}
}

func oneOf(parameters []string) string {
	if len(parameters) == 0 {
		return "there is none"
	}
	return "one of " + strings.Join(parameters, ", ")
}

// refuse answers with an error, as JSON.
func refuse(w http.ResponseWriter, status int, err error) {
	text, _ := encode(map[string]string{"error": err.Error()}) // strings always encode
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// encode returns v as one line of JSON. Markup in it is escaped, so that the
// answer stays text whatever a browser takes it for.
func encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return append(text, '\n'), nil
}
