package web

import (
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders Markdown with tables, and returns the first heading of level one
// apart. HTML in it is left out.
func markdown(source string) (title string, body template.HTML) {
	md := goldmark.New(
		// Styles are not allowed by the Content-Security-Policy.
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(codeBlocks{}, 100))),
	)
	src := []byte(source)
	doc := md.Parser().Parse(text.NewReader(src))
	if h, ok := doc.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		title = strings.TrimSpace(string(h.Lines().Value(src)))
		doc.RemoveChild(doc, h)
	}
	var out strings.Builder
	if err := md.Renderer().Render(&out, src, doc); err != nil {
		panic(err) // to memory
	}
	return title, template.HTML(out.String()) // of the program's own pages, each text in it escaped
}

// codeBlocks renders blocks of code so that a keyboard can scroll them.
type codeBlocks struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (c codeBlocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindCodeBlock, c.render)
	r.Register(ast.KindFencedCodeBlock, c.render)
}

func (codeBlocks) render(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<pre tabindex="0">`)
	_, _ = w.WriteString(template.HTMLEscapeString(strings.TrimSuffix(string(n.Lines().Value(source)), "\n")))
	_, err := w.WriteString("</pre>\n")
	return ast.WalkSkipChildren, err
}
