package web

import (
	"html/template"
	"net/http"
	"strings"

	"wvwatch/docs/runbooks"
)

// RunbookPath is where the runbooks are served, each under its file's name; the path
// itself is the list of them.
const RunbookPath = "/runbooks/"

// routeRunbooks serves the runbooks as pages.
func routeRunbooks(mux *http.ServeMux) {
	frame := template.Must(template.ParseFS(files, "page/runbook.html"))
	entries, err := runbooks.Pages.ReadDir(".")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		text, err := runbooks.Pages.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		var b strings.Builder
		title, body := markdown(string(text))
		if err := frame.Execute(&b, struct {
			Title string
			Body  template.HTML
			List  bool // this is the list itself
		}{title, body, e.Name() == "README.md"}); err != nil {
			panic(err)
		}
		page := newBody("text/html; charset=utf-8", []byte(b.String()))
		mux.Handle("GET "+RunbookPath+e.Name(), page)
		if e.Name() == "README.md" {
			mux.Handle("GET "+RunbookPath+"{$}", page)
		}
	}
}
