package tidy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinksLeadSomewhere follows every link of a page to another file of the house, and to the heading there.
func TestLinksLeadSomewhere(t *testing.T) {
	followed := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != root):
			return fs.SkipDir
		case filepath.Ext(file) != ".md":
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if regexp.MustCompile(`^[a-z]+:`).MatchString(m[1]) {
				continue
			}
			followed++
			if wrong := follow(file, m[1]); wrong != "" {
				t.Errorf("%s: the link to %s leads nowhere: %s", strings.TrimPrefix(file, root+"/"), m[1], wrong)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if followed < 100 {
		t.Errorf("only %d links were followed", followed)
	}
}

// follow tells what is wrong with a link of a page.
func follow(from, to string) string {
	name, anchor, _ := strings.Cut(to, "#")
	target := from
	if name != "" {
		target = filepath.Join(filepath.Dir(from), filepath.FromSlash(name))
	}
	if target == filepath.Join(root, "playground", "index.html") {
		return "" // which cmd/playground builds there
	}
	if _, err := os.Stat(target); err != nil {
		return "there is no such file"
	}
	if anchor == "" || filepath.Ext(target) != ".md" {
		return ""
	}
	text, err := os.ReadFile(target)
	if err != nil {
		return err.Error()
	}
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		if slug(m[1]) == anchor {
			return ""
		}
	}
	return "it has no such heading"
}

// slug is the anchor that GitHub gives a heading.
func slug(text string) string {
	text = regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(text), "")
	return strings.ReplaceAll(text, " ", "-")
}
