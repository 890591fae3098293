package docs

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed *.md howto/*.md explanation/*.md reference/*.md
var files embed.FS

// kinds are the folders of pages, in the order in which they are listed; pages of the first stand in none.
var kinds = []string{".", "howto", "explanation", "reference"}

// Page is one of the pages.
type Page struct {
	Name  string // its path, without the ending: howto/ci
	Title string
	Text  string // Markdown
}

// Kind is the folder of the page: howto, explanation or reference; . for the tutorial.
func (p *Page) Kind() string { return path.Dir(p.Name) }

// Pages are all pages, by kind and name.
func Pages() []Page {
	var list []Page
	for _, kind := range kinds {
		entries, err := files.ReadDir(kind)
		if err != nil {
			panic(err) // it is embedded
		}
		for _, e := range entries {
			name, isPage := strings.CutSuffix(path.Join(kind, e.Name()), ".md")
			if !isPage {
				continue
			}
			text, err := files.ReadFile(name + ".md")
			if err != nil {
				panic(err)
			}
			title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
			list = append(list, Page{Name: name, Title: title, Text: string(text)})
		}
	}
	return list
}

// Find is the page with a name, or with that name in any folder.
func Find(name string) (Page, bool) {
	pages := Pages()
	i := slices.IndexFunc(pages, func(p Page) bool { return p.Name == name || path.Base(p.Name) == name })
	if i < 0 {
		return Page{}, false
	}
	return pages[i], true
}
