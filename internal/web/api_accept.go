package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"wvwatch/internal/alert"
)

// accepted answers POST /api/v1/alerts/<rule>/accept.
type accepted struct {
	Accepted []map[string]string `json:"accepted"` // the labels of the alerts that end
}

// accept ends the alerts of a rule that have all of the labels in the query.
// What it changes is guarded as a reload is: by the web configuration, and
// against pages of other sites.
func (h *handlers) accept(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("query: %w", err))
		return
	}
	labels := make(map[string]string, len(q))
	for name, values := range q {
		if len(values) > 1 {
			refuse(w, http.StatusBadRequest, fmt.Errorf("%s: given %d times: give it once", name, len(values)))
			return
		}
		labels[name] = values[0]
	}
	ended, err := h.deps.Accept(context.WithoutCancel(r.Context()), r.PathValue("rule"), labels)
	switch {
	case errors.Is(err, alert.ErrNotFound):
		refuse(w, http.StatusNotFound, err)
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	text, err := encode(accepted{ended})
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	send(w, text)
}

func refuseAccept(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusForbidden, errors.New("accepting alerts over HTTP is off: set web.enable_accept: true, or when: {spike: {usual: ...}} in the rule"))
}
