package web

import (
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"wvwatch/docs/runbooks"
)

// RunbookPath is where the runbooks stand, each under its file's name; the path
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

// markdown turns the part of Markdown that the runbooks are written in into
// HTML: headings, paragraphs, lists, tables, code, strong text and links. It
// returns the first heading apart. All text is escaped.
func markdown(text string) (title string, body template.HTML) {
	var out strings.Builder
	lines := strings.Split(text, "\n")
	block := func(i int, belongs func(string) bool) []string {
		end := i
		for end < len(lines) && lines[end] != "" && (end == i || belongs(lines[end])) {
			end++
		}
		return lines[i:end]
	}
	for i := 0; i < len(lines); {
		var taken []string
		switch line := lines[i]; {
		case line == "":
			i++
			continue
		case strings.HasPrefix(line, "#"):
			taken = lines[i : i+1]
			words := strings.TrimSpace(strings.TrimLeft(line, "#"))
			if title == "" {
				title = words
			} else {
				out.WriteString("<h2>" + inline(words) + "</h2>\n")
			}
		case strings.HasPrefix(line, "|"):
			taken = block(i, func(l string) bool { return strings.HasPrefix(l, "|") })
			writeTable(&out, taken)
		case item.MatchString(line):
			taken = block(i, func(string) bool { return true })
			writeList(&out, taken)
		case strings.HasPrefix(line, "    "):
			taken = block(i, func(l string) bool { return strings.HasPrefix(l, "    ") })
			out.WriteString("<pre tabindex=\"0\">" + template.HTMLEscapeString(strings.ReplaceAll("\n"+strings.Join(taken, "\n"), "\n    ", "\n")[1:]) + "</pre>\n")
		default:
			taken = block(i, func(l string) bool { return !item.MatchString(l) && !strings.HasPrefix(l, "#") })
			out.WriteString("<p>" + inline(strings.Join(taken, " ")) + "</p>\n")
		}
		i += len(taken)
	}
	return title, template.HTML(out.String()) // of the program's own pages, each text in it escaped
}

// item is the beginning of one in a list.
var item = regexp.MustCompile(`^(\*|-|[0-9]+\.) +`)

// writeList writes items, which may go on over lines.
func writeList(out *strings.Builder, lines []string) {
	tag := "ul"
	if lines[0][0] >= '0' && lines[0][0] <= '9' {
		tag = "ol"
	}
	out.WriteString("<" + tag + ">")
	for i, line := range lines {
		mark := item.FindString(line)
		switch {
		case mark == "":
			out.WriteString(" ")
		case i > 0:
			out.WriteString("</li>")
			fallthrough
		default:
			out.WriteString("\n<li>")
		}
		out.WriteString(inline(strings.TrimSpace(line[len(mark):])))
	}
	out.WriteString("</li>\n</" + tag + ">\n")
}

// writeTable writes a head, skips the line under it, and writes the rest.
func writeTable(out *strings.Builder, lines []string) {
	out.WriteString("<table>\n")
	for i, line := range lines {
		if i == 1 {
			continue
		}
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		out.WriteString("<tr>")
		for cell := range strings.SplitSeq(strings.Trim(line, "| "), "|") {
			out.WriteString("<" + tag + ">" + inline(strings.TrimSpace(cell)) + "</" + tag + ">")
		}
		out.WriteString("</tr>\n")
	}
	out.WriteString("</table>\n")
}

// span finds code, strong text, emphasis and links within a line.
var span = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\*([^*]+)\\*|\\[([^]]+)\\]\\(([a-z-]+\\.md)\\)")

func inline(text string) string {
	var out strings.Builder
	at := 0
	for _, m := range span.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(template.HTMLEscapeString(text[at:m[0]]))
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return template.HTMLEscapeString(text[m[2*n]:m[2*n+1]])
		}
		switch {
		case group(1) != "":
			out.WriteString("<code>" + group(1) + "</code>")
		case group(2) != "":
			out.WriteString("<strong>" + group(2) + "</strong>")
		case group(3) != "":
			out.WriteString("<em>" + group(3) + "</em>")
		default:
			out.WriteString(`<a href="` + group(5) + `">` + group(4) + "</a>")
		}
		at = m[1]
	}
	out.WriteString(template.HTMLEscapeString(text[at:]))
	return out.String()
}
