package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"wvwatch/internal/codes"
)

// catalogueBody answers /api/v1/catalogue.
type catalogueBody struct {
	Codes    []catalogueRow `json:"codes"`
	Unlisted codes.Entry    `json:"unlisted"` // what is assumed of a code in no table
}

// catalogueRow is one listed code, and what its number means to others.
type catalogueRow struct {
	codes.Entry
	Collisions []meaning `json:"collisions,omitempty"`
}

// meaning is what a number means to a system that is no licence server.
type meaning struct {
	System  string `json:"system"`
	Meaning string `json:"meaning"`
}

// newCatalogue returns the listed codes of one drm, or of all where drm is empty,
// that hold all of a query's words: in number, text, category, owner or hint.
func newCatalogue(cat *codes.Catalogue, drm, query string) catalogueBody {
	body := catalogueBody{Codes: []catalogueRow{}, Unlisted: cat.Resolve(codes.Unknown, 0)}
	words := strings.Fields(strings.ToLower(query))
	for i := range cat.Len() {
		e := cat.At(i)
		if drm != "" && e.DRM.String() != drm || !holds(e, words) {
			continue
		}
		row := catalogueRow{Entry: e}
		for _, c := range cat.Collisions(e.Code) {
			row.Collisions = append(row.Collisions, meaning{c.System, c.Meaning})
		}
		body.Codes = append(body.Codes, row)
	}
	return body
}

func holds(e codes.Entry, words []string) bool {
	text := strings.ToLower(strings.Join([]string{
		strconv.Itoa(e.Code), e.DRM.String(), e.Description, e.Category, e.Severity, e.Owner, e.Outcome, e.Hint,
	}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// wholeCatalogue keeps the one big answer for as long as the catalogue
// is the same.
type wholeCatalogue struct {
	mu   sync.Mutex
	of   *codes.Catalogue
	body http.Handler
}

func (w *wholeCatalogue) get(cat *codes.Catalogue) (http.Handler, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of != cat {
		text, err := encode(newCatalogue(cat, "", ""))
		if err != nil {
			return nil, err
		}
		w.of, w.body = cat, newBody("application/json", text)
	}
	return w.body, nil
}
