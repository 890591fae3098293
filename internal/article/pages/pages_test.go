package pages

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/article/exhibits"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// judged is an article of one section with a claim of its text and one of its table.
func judged() *article.Judgement {
	section := claims.Section{Name: "one", Title: "One", Tables: []claims.Table{
		{Title: "Sizes", Columns: []string{"Model", "GB"}, Rows: [][]string{{"A|B", "335"}}},
	}}
	quoted := &claims.Claim{ID: "a", About: "weights", Quote: "min_gpus # 335 * 2", Unit: "GB", Own: "671e9 * 1", Computes: "weights(model)", Source: "arithmetic"}
	column := &claims.Claim{ID: "b", About: "size", Unit: "GPUs", Needs: "fits(1)", Assumption: ""}
	none := math.NaN()
	return &article.Judgement{Sections: []claims.Section{section}, Notes: map[string]string{"one": "A note."},
		Findings: []article.Finding{
			{Section: &section, Claim: quoted, Says: "335", Verdict: claims.Contradicts, Why: "It does.",
				Numbers: claims.Numbers{Computed: 673e9, Own: 671e9, Needs: none, AtLeast: none, AtMost: none,
					Assuming: none}},
			{Section: &section, Claim: column, Row: "A|B", Says: "335", Verdict: claims.Impossible, Why: "It cannot.",
				Numbers: claims.Numbers{Needs: 0, Computed: none, Own: none, AtLeast: none, AtMost: none,
					Assuming: none}},
		}}
}

func TestPagesHoldEveryTableAndClaim(t *testing.T) {
	dir := t.TempDir()
	shown := []exhibits.Exhibit{{Section: "one", Title: "Study", Text: "Words.",
		Table: figure.Table{Columns: []string{"x"}, Rows: [][]string{{"7"}}}}}
	if err := Save(dir, figure.Look{}, "", judged(), shown); err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		"index.md": {
			"| ≠ contradicts the article's own numbers | 1 |", "| all | 2 | |", "- [One](one.md)\n  - Study",
			"| weights | “min\\_gpus \\# 335 \\* 2” | 673 GB; by its own figures 671 GB | ≠ contradicts the article's own numbers | `weights(model); 671e9 * 1` | arithmetic |",
			"| A\\|B: size | 335 | not possible | ✗ physically impossible | `fits(1)` |", "`says(claim)`",
		},
		"one.md": {"A note.", "| A\\|B | 335 |", "| ≠ contradicts the article's own numbers | It does. |", "## Study\n\nWords.\n\n| x |\n|---|\n| 7 |"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q:\n%s", file, want, text)
			}
		}
	}
}

// TestClaimsLeadToThePlayground: what a formula is about is what the page starts from.
func TestClaimsLeadToThePlayground(t *testing.T) {
	systems := []article.System{{Name: "two", Model: "deepseek-v3", Device: "h100-sxm-80gb", GPUs: 16, TP: 8, DP: 2, EP: 16}}
	p, err := newPlayground("page", systems)
	if err != nil {
		t.Fatal(err)
	}
	for formula, want := range map[string]string{
		`tpot("two", "fp8", 1)`:                 "[9](page#preset=deepseek-v3-h100&gpus=16&nodes=2&tp=8&pp=1&dp=2&ep=16&weights=fp8)",
		`2 * weights("qwen2.5-72b", "int4")`:    "[9](page#preset=qwen2.5-72b-a100-tp4&weights=int4)",
		`weights("qwen3-next-80b-a3b", "bf16")`: "[9](page#preset=deepseek-r1-a100&model=qwen3-next-80b-a3b&weights=bf16)",
		`671e9 * 2`:                             "9",
		`memory("a100-sxm-80gb")`:               "9",
	} {
		if got := p.try(article.Answer{Text: "9", Formula: formula}, claims.Holds); got != want {
			t.Errorf("%s: %s", formula, got)
		}
	}
	formula := article.Answer{Text: "9", Formula: `weights("qwen2.5-72b")`}
	if got := p.try(formula, claims.NotServing); got != "9" {
		t.Errorf("what no serving could prove leads to %s", got)
	}
}

func TestJSONHasALineForEveryFigure(t *testing.T) {
	o := JSON(judged())
	want := Line{ID: "one.b/A|B", Claim: "A|B: size", Article: "335", Roofserve: "not possible", Verdict: "physically impossible", Formula: "fits(1)", Why: "It cannot."}
	if len(o.Findings) != 2 || o.Findings[1] != want || o.Verdicts["physically impossible"] != 1 {
		t.Errorf("%+v", o)
	}
}
