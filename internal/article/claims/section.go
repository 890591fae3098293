package claims

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/strict"
)

// Section is one part of the article, in the article's order.
type Section struct {
	Name  string `toml:"-"`     // of the page: the file's name without its number
	Title string `toml:"title"` // the article's heading
	Note  string `toml:"note"`  // what to know before reading the table, with figures in braces as in Claim.Why
	// Measured says that the figures were measured by whoever states them: what differs is not refuted.
	Measured bool    `toml:"measured"`
	Tables   []Table `toml:"table"`
	Claims   []Claim `toml:"claim"`
	Plots    []Plot  `toml:"plot"`
}

// Table is a table as the article has it.
type Table struct {
	ID      string     `toml:"id"`
	Title   string     `toml:"title"`
	Columns []string   `toml:"columns"`
	Rows    [][]string `toml:"rows"`
	// Names gives each row a value for names that its claims' formulas use.
	Names map[string][]any `toml:"names"`
}

// Claim is one figure of the article, or one column of figures of a table.
type Claim struct {
	ID    string `toml:"id"`
	About string `toml:"about"` // what the figure is
	// Of running text and code: a short quote, verbatim, that contains the figure, other quotes that repeat it,
	// and the figure.
	Quote   string   `toml:"quote"`
	Repeats []string `toml:"repeats"`
	Says    string   `toml:"says"` // digits as the article writes them
	// Of a table: its id, the column, and the rows by their first cell (all where left out).
	Table  string   `toml:"table"`
	Column string   `toml:"column"`
	Rows   []string `toml:"rows"`

	Unit      string  `toml:"unit"`
	Tolerance float64 `toml:"tolerance"` // relative; where left out, half of the last digit written

	// Formulas, each empty where it does not apply.
	Computes string `toml:"computes"` // what roofserve computes for it
	Own      string `toml:"own"`      // what the article's own figures give
	Assuming string `toml:"assuming"` // what makes it true, under Assumption
	AtLeast  string `toml:"at_least"` // physical bounds
	AtMost   string `toml:"at_most"`
	Needs    string `toml:"needs"` // 1 where what the claim presupposes is possible, 0 where not

	Assumption string `toml:"assumption"` // in words
	// Verdict is the one that the numbers must give; nil where a reader's own claims leave it open.
	Verdict *Verdict `toml:"verdict"`
	Why     string   `toml:"why"` // figures in braces: {formula|unit}, or {name} of a formula above in the claim's unit
	Source  string   `toml:"source"`
}

//go:embed data/*.toml
var files embed.FS

// Load reads every section of the article, in its order.
func Load() ([]Section, error) {
	names, err := fs.Glob(files, "data/*.toml")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	sections := make([]Section, len(names))
	for i, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if sections[i], err = Parse(name, data); err != nil {
			return nil, err
		}
	}
	return sections, nil
}

// Parse reads a section's file. Its page is called like the file, without the number before a hyphen.
func Parse(name string, data []byte) (Section, error) {
	var s Section
	if err := strict.Decode(name, data, &s); err != nil {
		return s, err
	}
	s.Name = strings.TrimSuffix(path.Base(name), ".toml")
	if number, rest, cut := strings.Cut(s.Name, "-"); cut && strings.Trim(number, "0123456789") == "" {
		s.Name = rest
	}
	return s, s.validate(name)
}
