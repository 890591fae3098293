package exhibits

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Every study runs, belongs to a section, and has rectangular data. That memory model and simulator agree is
// checked by the study of concurrency itself.
func TestExhibits(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates hundreds of deployments")
	}
	sections, err := claims.Load()
	if err != nil {
		t.Fatal(err)
	}
	lab, err := article.NewLab(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	pages := committedPages(t)
	figures := map[string]bool{}
	for _, make := range All() {
		e, err := make(lab)
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.ContainsFunc(sections, func(s claims.Section) bool { return s.Name == e.Section }) {
			t.Errorf("%s: no section %s", e.Title, e.Section)
		}
		for _, row := range e.Table.Rows {
			if len(row) != len(e.Table.Columns) {
				t.Errorf("%s: %d cells for %d columns: %v", e.Title, len(row), len(e.Table.Columns), row)
			}
			if line := "| " + strings.Join(row, " | ") + " |\n"; !strings.Contains(pages, line) {
				t.Errorf("%s: no committed page (go run ./cmd/roofserve article writes them anew) has %s", e.Title, line)
			}
		}
		if strings.Contains(e.Text, "%!") {
			t.Errorf("%s: %s", e.Title, e.Text)
		}
		if e.Figure == nil {
			continue
		}
		if figures[e.Figure.Name] || len(e.Figure.Data.Rows) == 0 {
			t.Errorf("figure %s twice, or without data", e.Figure.Name)
		}
		figures[e.Figure.Name] = true
		expectCommitted(t, e.Figure)
	}
}

// committed is where the pages of the article lie.
const committed = "../../../results/article"

// committedPages are all pages, one after the other.
func committedPages(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(committed, "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", committed, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// expectCommitted compares a figure's data with the CSV that is committed beside the pages.
func expectCommitted(t *testing.T, f *figure.Figure) {
	t.Helper()
	var got strings.Builder
	if err := f.Data.WriteCSV(&got); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(committed, f.Name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("%s.csv (go run ./cmd/roofserve article writes it anew):\n%s", f.Name, diff)
	}
}

// What vendors measured of the article's models stands in two files, with the same figures.
func TestVendorsAreThoseOfTheirPage(t *testing.T) {
	all, err := os.ReadFile("../../../results/fidelity/vendor/measured.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(vendorsFile)), "\n")
	for _, row := range rows[:len(rows)-1] { // the last is another vendor's
		if !strings.Contains(string(all), row+"\n") {
			t.Errorf("results/fidelity/vendor lacks %s", row)
		}
	}
	if n := strings.Count(string(all), "qwen2.5-72b,") + strings.Count(string(all), "qwen2-57b-a14b,"); n != len(rows)-2 {
		t.Errorf("%d of its %d rows", len(rows)-2, n)
	}
}
