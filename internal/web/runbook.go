package web

import (
	"html/template"
	"net/http"
	"strings"
	"sync"

	"wvwatch/docs/runbooks"
)

// RunbookPath is where the runbooks are served, each under its file's name; the path
// itself is the list of them.
const RunbookPath = "/runbooks/"

// routeRunbooks serves the runbooks as pages. Each is made when it is first asked for:
// a start would be milliseconds later else.
func routeRunbooks(mux *http.ServeMux) {
	entries, err := runbooks.Pages.ReadDir(".")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		page := sync.OnceValue(func() http.Handler { return runbookPage(e.Name()) })
		serve := func(w http.ResponseWriter, r *http.Request) { page().ServeHTTP(w, r) }
		mux.HandleFunc("GET "+RunbookPath+e.Name(), serve)
		if e.Name() == runbookList {
			mux.HandleFunc("GET "+RunbookPath+"{$}", serve)
		}
	}
}

// runbookList is the file that lists the runbooks.
const runbookList = "README.md"

// runbookFrame is the page around a runbook.
var runbookFrame = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "page/runbook.html"))
})

// runbookPage renders the runbook in the embedded file of that name.
func runbookPage(name string) http.Handler {
	text, err := runbooks.Pages.ReadFile(name)
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	title, content := markdown(string(text))
	if err := runbookFrame().Execute(&b, struct {
		Title string
		Body  template.HTML
		List  bool // this is the list itself
	}{title, content, name == runbookList}); err != nil {
		panic(err)
	}
	return newBody("text/html; charset=utf-8", []byte(b.String()))
}
