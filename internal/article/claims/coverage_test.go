package claims

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// articleText is the article, which is not part of the project; tests that need it are skipped where it is
// absent.
func articleText(t *testing.T) string {
	t.Helper()
	files, _ := filepath.Glob("../../../../shared/article/*.txt")
	if len(files) == 0 {
		t.Skip("the article's text (../shared/article) is absent")
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return plainQuotes(all.String())
}

func plainQuotes(text string) string {
	return strings.NewReplacer("’", "'", "‘", "'").Replace(text)
}

// labels hold digits that state nothing: models, GPUs, formats, benchmarks, list numbers, and indices in
// code.
var labels = regexp.MustCompile(`DeepSeek-[VR]\d|Qwen2\.5(-MoE-57B|-72B)?|Qwen25|Llama 3\.1-70B|Llama (70B|405B|3)|Kimi 1\.5|GPT-4o?|01\.AI|` +
	`[AH]100|FP16|FP8|INT4|GSM8K|p50|(Stage|Level) \d:|# \d\. |O\(n\^2\)|mean\(0\)|dim=-1|view\(-1|_\(0|gate\[\d\]|, -1\)`)

// blank replaces names by spaces, so that places stay the same.
func blank(text string) string {
	return labels.ReplaceAllStringFunc(text, func(name string) string { return strings.Repeat(" ", len(name)) })
}

// quotes lists every quote of every claim.
func quotes(sections []Section) []string {
	var all []string
	for _, s := range sections {
		for _, c := range s.Claims {
			if c.Quote != "" {
				all = append(append(all, c.Quote), c.Repeats...)
			}
		}
	}
	return all
}

// uncovered lists the numbers of a line that no quote found in it contains.
func uncovered(line string, quotes []string) []string {
	covered := make([]bool, len(line))
	for _, quote := range quotes {
		for from := 0; ; {
			at := strings.Index(line[from:], quote)
			if at < 0 {
				break
			}
			for i := range len(quote) {
				covered[from+at+i] = true
			}
			from += at + 1
		}
	}
	var missing []string
	for _, span := range digits.FindAllStringIndex(blank(line), -1) {
		if slices.Contains(covered[span[0]:span[1]], false) {
			missing = append(missing, line[span[0]:span[1]])
		}
	}
	return missing
}

func TestEveryNumberOfTheTextHasAClaim(t *testing.T) {
	sections, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := quotes(sections)
	for n, line := range strings.Split(articleText(t), "\n") {
		if strings.HasPrefix(line, "|") {
			continue
		}
		if missing := uncovered(line, all); len(missing) > 0 {
			t.Errorf("line %d: no claim covers %v in %q", n+1, missing, line)
		}
	}
}

func TestEveryNumberOfTheTablesHasAClaim(t *testing.T) {
	sections, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := quotes(sections)
	judged := map[string]bool{} // row, column: of every table's cells that a claim covers
	for i := range sections {
		for n := range sections[i].Claims {
			c := &sections[i].Claims[n]
			if c.Table == "" {
				continue
			}
			for _, cell := range sections[i].Cells(c) {
				judged[c.Column+"|"+cell.Row+"|"+cell.Text] = true
			}
		}
	}
	var header []string
	for n, line := range strings.Split(articleText(t), "\n") {
		if !strings.HasPrefix(line, "|") {
			header = nil
			continue
		}
		cells := cellsOf(line)
		if header == nil {
			header = cells
		}
		for i, cell := range cells {
			if judged[header[i]+"|"+cells[0]+"|"+cell] {
				continue
			}
			if missing := uncovered(cell, all); len(missing) > 0 {
				t.Errorf("line %d, column %s: no claim covers %v in %q", n+1, header[i], missing, cell)
			}
		}
	}
}

func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func TestQuotesAndTablesAreTheArticles(t *testing.T) {
	sections, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	text := articleText(t)
	for _, quote := range quotes(sections) {
		if !strings.Contains(text, quote) {
			t.Errorf("the article does not say %q", quote)
		}
		if len(quote) > 90 {
			t.Errorf("%q is no short quote", quote)
		}
	}
	tables := map[string][][]string{}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "|---") {
			for _, row := range lines[i+1:] {
				if !strings.HasPrefix(row, "|") {
					break
				}
				tables[lines[i-2]] = append(tables[lines[i-2]], cellsOf(row))
			}
		}
	}
	ours := 0
	for _, s := range sections {
		for _, table := range s.Tables {
			ours++
			if !slices.EqualFunc(table.Rows, tables[table.Title], slices.Equal[[]string]) {
				t.Errorf("table %q differs from the article's %v", table.Title, tables[table.Title])
			}
		}
	}
	if ours != len(tables) {
		t.Errorf("%d of the article's %d tables are here", ours, len(tables))
	}
}
