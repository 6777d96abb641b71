package web

import (
	"bytes"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed page
var files embed.FS

// newPage returns the handler of /: the page as it is before its script has
// loaded anything, and what is left of it where there is no script.
func newPage(deps Deps) http.Handler {
	page := template.Must(template.ParseFS(files, "page/index.html"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ready, why := deps.Ready()
		var b bytes.Buffer // whole before the first byte goes out
		err := page.Execute(&b, struct {
			Version, Instance, Why string
			Ready                  bool
		}{deps.Version, deps.identity(), why, ready})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		newBody("text/html; charset=utf-8", b.Bytes()).ServeHTTP(w, r)
	})
}

// identity returns the external labels as text: the value of instance, then the others
// by name, such as "fra1-a, cluster fra1".
func (d Deps) identity() string {
	if d.ExternalLabels == nil {
		return ""
	}
	labels := d.ExternalLabels()
	var parts []string
	if instance := labels["instance"]; instance != "" {
		parts = append(parts, instance)
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "instance" {
			parts = append(parts, name+" "+labels[name])
		}
	}
	return strings.Join(parts, ", ")
}

// routeAssets serves what the page refers to, not the page itself.
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
