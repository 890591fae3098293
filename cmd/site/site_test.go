package main

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	attribute = regexp.MustCompile(`(?:href|src|srcset)="([^"]*)"`)
	anchor    = regexp.MustCompile(` id="([^"]*)"`)
)

// TestNoLinkIsDead follows every link and picture of every page, to the heading where a link names one.
func TestNoLinkIsDead(t *testing.T) {
	out := t.TempDir()
	pages, err := write("../..", out)
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{}
	err = filepath.WalkDir(out, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".html" {
			return err
		}
		text, err := os.ReadFile(file)
		built[file] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for file, text := range built {
		for _, m := range attribute.FindAllStringSubmatch(text, -1) {
			to, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Errorf("%s: %s: %v", file, m[1], err)
				continue
			}
			target := filepath.Join(filepath.Dir(file), filepath.FromSlash(to.Path))
			if to.Scheme != "" || target == filepath.Join(out, playgroundPage) {
				continue
			}
			if to.Path == "" {
				target = file
			}
			followed++
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", file, m[1])
			} else if to.Fragment != "" && !has(built[target], to.Fragment) {
				t.Errorf("%s: %s has no such heading", file, m[1])
			}
		}
	}
	if pages < 40 || len(built) < pages || followed < 500 {
		t.Errorf("%d pages, %d files, %d links followed", pages, len(built), followed)
	}
}

// has tells whether a page has an anchor.
func has(page, name string) bool {
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if m[1] == name {
			return true
		}
	}
	return false
}

// TestSiteNeedsNoNetwork: pages load nothing from elsewhere and run nothing.
func TestSiteNeedsNoNetwork(t *testing.T) {
	out := t.TempDir()
	if _, err := write("../..", out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "docs", "tutorial.html"))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?i)<script|(src|srcset)="https?:|@import`).Find(text); found != nil {
		t.Errorf("a page has %s", found)
	}
	if !strings.Contains(string(text), `<link rel="stylesheet" href="../site.css">`) {
		t.Error("a page has no style")
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"folder"}, {"--no-such-flag"}} {
		if status := program.Run(t.Context(), args); status != 2 {
			t.Errorf("%v ends with %d", args, status)
		}
	}
}
