package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed page
var files embed.FS

// newPage returns the handler of /, which says what this is and where to look.
func newPage(deps Deps) http.Handler {
	page := template.Must(template.ParseFS(files, "page/index.html"))
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		ready, why := deps.Ready()
		var b bytes.Buffer // whole before the first byte goes out
		err := page.Execute(&b, struct {
			Version, Why string
			Ready        bool
		}{deps.Version, why, ready})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(b.Bytes()) // a client that went away needs no answer
	})
}

// assets serves what the page refers to.
func assets() http.Handler { return http.FileServerFS(files) }
