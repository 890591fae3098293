package main

import (
	"bytes"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"

	"github.com/roofserve/roofserve/internal/report/figure"
)

//go:embed site.html.tmpl
var layoutText string

//go:embed site.css
var styleText string

var layout = template.Must(template.New("page").Parse(layoutText))

// markdown reads Markdown as GitHub does, HTML in it included: all of it is the repository's own.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()), goldmark.WithRendererOptions(html.WithUnsafe()))

// style is the style of all pages, in the colours of figures.
func style() string {
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media(prefers-color-scheme:dark){:root{%s}}\n%s",
		figure.Light.Variables(), figure.Dark.Variables(), styleText)
}

// page writes the page of a source.
func (s *site) page(source string) error {
	content, err := fs.ReadFile(s.sources, source)
	if err != nil {
		return err
	}
	return s.render(source, s.pages[source], content)
}

// HTML within Markdown, and what it shows from other files.
var (
	picture = regexp.MustCompile(`(?s)<picture>.*?</picture>`)
	inner   = regexp.MustCompile(`(src|srcset|href)="([^"]+)"`)
)

// render writes Markdown as the page of a source.
func (s *site) render(source, title string, content []byte) error {
	headings := parser.NewContext(parser.WithIDs(slugs{}))
	tree := markdown.Parser().Parse(text.NewReader(content), parser.WithContext(headings))
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var err error
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				n.Destination, err = s.leadsBytes(source, n.Destination)
			}
		case *ast.Image:
			if entering {
				n.Destination, err = s.leadsBytes(source, n.Destination)
			}
		}
		return ast.WalkContinue, err
	})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, content, tree); err != nil {
		return err
	}
	shown, err := s.pictures(source, body.String())
	if err != nil {
		return err
	}
	up, err := filepath.Rel(path.Dir(address(source)), ".")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	err = layout.Execute(&page, struct {
		Title, Up string
		Body      template.HTML
	}{title, filepath.ToSlash(up), template.HTML(shown)}) // our own pages
	if err != nil {
		return err
	}
	return s.save(address(source), page.Bytes())
}

// pictures copies what a picture element of a page shows.
func (s *site) pictures(source, body string) (string, error) {
	var failed error
	body = picture.ReplaceAllStringFunc(body, func(element string) string {
		return inner.ReplaceAllStringFunc(element, func(attribute string) string {
			m := inner.FindStringSubmatch(attribute)
			to, err := s.leads(source, m[2])
			if err != nil {
				failed = err
			}
			return m[1] + `="` + to + `"`
		})
	})
	return body, failed
}

func (s *site) leadsBytes(from string, link []byte) ([]byte, error) {
	to, err := s.leads(from, string(link))
	return []byte(to), err
}

// slugs gives headings the anchors that GitHub gives them, which links of pages name.
type slugs map[string]bool

// mark is what an anchor leaves out of a heading.
var mark = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// Generate implements parser.IDs.
func (u slugs) Generate(heading []byte, _ ast.NodeKind) []byte {
	stem := strings.ReplaceAll(mark.ReplaceAllString(strings.ToLower(string(heading)), ""), " ", "-")
	id := stem
	for n := 1; u[id]; n++ {
		id = fmt.Sprintf("%s-%d", stem, n)
	}
	u[id] = true
	return []byte(id)
}

// Put implements parser.IDs.
func (u slugs) Put(id []byte) { u[string(id)] = true }
