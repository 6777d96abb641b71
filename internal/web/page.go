package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
)

//go:embed page
var files embed.FS

// newPage returns the handler of /: the page as it is before its script has
// loaded anything, and what is left of it where there is no script.
func newPage(deps Deps) http.Handler {
	page := template.Must(template.ParseFS(files, "page/index.html"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ready, why := deps.Ready()
		instance := ""
		if deps.ExternalLabels != nil {
			instance = deps.ExternalLabels()["instance"]
		}
		var b bytes.Buffer // whole before the first byte goes out
		err := page.Execute(&b, struct {
			Version, Instance, Why string
			Ready                  bool
		}{deps.Version, instance, why, ready})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		newBody("text/html; charset=utf-8", b.Bytes()).ServeHTTP(w, r)
	})
}

// routeAssets serves what the page refers to, beside the page itself.
func routeAssets(mux *http.ServeMux) {
	entries, err := files.ReadDir("page")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		if path.Ext(e.Name()) == ".html" {
			continue
		}
		name := path.Join("page", e.Name())
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		mux.Handle("GET /"+name, newBody(mediaType(name), text))
	}
}

// mediaType does not ask the system's tables, which may name scripts otherwise
// than browsers want.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}
