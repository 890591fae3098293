package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// site is a site in the making. Its pages lie as the files do that they are made of, so that links between
// them stay as they are, but for their endings.
type site struct {
	sources fs.FS
	out     string
	pages   map[string]string // titles of pages by the paths of their sources
	taken   map[string]bool   // other files and folders that pages link to, copied
}

// roots are the pages and the folders of pages that the site has.
var roots = []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs", "results"}

// playgroundPage is where cmd/playground builds its page.
const playgroundPage = "playground/index.html"

// write makes the site of the repository in a folder, without the playground, and returns the number of its
// pages.
func write(repository, out string) (int, error) {
	s := &site{sources: os.DirFS(repository), out: out, pages: map[string]string{}, taken: map[string]bool{}}
	for _, root := range roots {
		if err := fs.WalkDir(s.sources, root, s.find); err != nil {
			return 0, err
		}
	}
	for source := range s.pages {
		if err := s.page(source); err != nil {
			return 0, err
		}
	}
	return len(s.pages), s.save("site.css", []byte(style()))
}

// find notes a page.
func (s *site) find(source string, entry fs.DirEntry, err error) error {
	if err != nil || entry.IsDir() || path.Ext(source) != ".md" {
		return err
	}
	text, err := fs.ReadFile(s.sources, source)
	first, _, _ := strings.Cut(string(text), "\n")
	s.pages[source] = strings.TrimPrefix(first, "# ")
	return err
}

// save writes a file of the site.
func (s *site) save(name string, content []byte) error {
	file := filepath.Join(s.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o666)
}

// address is where a source's page lies: a folder's README is its index.
func address(source string) string {
	stem := strings.TrimSuffix(source, ".md")
	if path.Base(stem) == "README" {
		stem = path.Join(path.Dir(stem), "index")
	}
	return stem + ".html"
}

// leads is a link of a page as the site has it. What it leads to and is no page is copied.
func (s *site) leads(from, link string) (string, error) {
	to, err := url.Parse(link)
	if err != nil || to.Scheme != "" || to.Path == "" {
		return link, err
	}
	source := path.Join(path.Dir(from), to.Path)
	target := source
	switch {
	case source == playgroundPage:
	case s.pages[source] != "":
		target = address(source)
	case s.pages[path.Join(source, "README.md")] != "":
		target = path.Join(source, "index.html")
	default:
		if target, err = s.take(source); err != nil {
			return "", fmt.Errorf("%s: %w", from, err)
		}
	}
	relative, err := filepath.Rel(path.Dir(address(from)), target)
	to.Path = filepath.ToSlash(relative)
	return to.String(), err
}

// take copies a file that a page links to, or lists a folder, and returns where it is.
func (s *site) take(source string) (string, error) {
	info, err := fs.Stat(s.sources, source)
	if err != nil {
		return "", err
	}
	target := source
	switch {
	case info.IsDir():
		target = path.Join(source, "index.html")
	case path.Ext(source) == ".go":
		target += ".txt" // a site within the repository is no part of the program
	}
	if s.taken[source] {
		return target, nil
	}
	s.taken[source] = true
	if info.IsDir() {
		return target, s.list(source)
	}
	content, err := fs.ReadFile(s.sources, source)
	if err != nil {
		return "", err
	}
	return target, s.save(target, content)
}

// list makes a page of what a folder without one holds.
func (s *site) list(folder string) error {
	entries, err := fs.ReadDir(s.sources, folder)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", folder)
	for _, e := range entries {
		fmt.Fprintf(&b, "- [%s](%s)\n", e.Name(), url.PathEscape(e.Name()))
	}
	return s.render(path.Join(folder, "README.md"), folder, []byte(b.String()))
}
