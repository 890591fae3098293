package report

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/study/compare"
)

// studyTiles are the headline findings of a comparison.
func studyTiles(s *compare.Study) []document.Tile {
	var tiles []document.Tile
	for _, t := range []struct {
		name  string
		c     column
		value func(v float64) string
	}{
		{"cheapest under the same load", column{"", -1,
			ofOutcome(func(e *compare.Entry) *compare.Outcome { return e.Load },
				func(o *compare.Outcome) float64 { return o.USD }), ofAnswers, nil},
			func(v float64) string { return "$" + brief(v) + " a million output tokens" }},
		{"cheapest at the same SLO", column{"", -1,
			ofOutcome(func(e *compare.Entry) *compare.Outcome { return e.Edge },
				func(o *compare.Outcome) float64 { return o.USD }), ofAnswers, nil},
			func(v float64) string { return "$" + brief(v) + " a million output tokens" }},
		{fmt.Sprintf("fastest decode, batch of %d", s.Batch), column{"", -1,
			func(e *compare.Entry) (float64, bool) { return e.TPOT, e.TPOT > 0 }, ofAnswers, nil},
			func(v float64) string { return brief(v) + " ms a token" }},
		{"most 32k sequences in the same memory", column{"", 1,
			atContext(32<<10, func(p *compare.ContextPoint) float64 { return float64(p.Sequences) }), nil, nil},
			func(v float64) string { return brief(v) + " at once" }},
	} {
		if e, v := bestEntry(s, &t.c); e != nil {
			note := t.value(v) + behind(s, &t.c, e, v)
			tiles = append(tiles, document.Tile{Name: t.name, Value: entryName(s, e), Note: note})
		}
	}
	return tiles
}

// othersNamed is how many entries a tile names beside the best.
const othersNamed = 2

// behindMark stands before each of them; on a terminal they have lines of their own.
const behindMark = "; "

// behind names the entries that come after the best in a column, with ≈ those that cannot be told from it.
func behind(s *compare.Study, c *column, best *compare.Entry, value float64) string {
	type other struct {
		*compare.Entry
		value float64
	}
	var others []other
	for i := range s.Entries {
		if v, ok := c.value(&s.Entries[i]); ok && &s.Entries[i] != best {
			others = append(others, other{&s.Entries[i], v})
		}
	}
	slices.SortStableFunc(others, func(a, b other) int {
		return cmp.Compare(float64(c.best)*b.value, float64(c.best)*a.value)
	})
	text := ""
	for _, o := range others[:min(len(others), othersNamed)] {
		text += behindMark
		if c.lead(best, o.Entry, value, o.value) == 0 {
			text += "≈ "
		}
		text += entryName(s, o.Entry) + " " + brief(o.value)
	}
	return text
}

// bestEntry is the entry with the best number, of all devices; nil where none has it.
func bestEntry(s *compare.Study, c *column) (best *compare.Entry, value float64) {
	for i := range s.Entries {
		v, ok := c.value(&s.Entries[i])
		if ok && (best == nil || float64(c.best)*v > float64(c.best)*value) {
			best, value = &s.Entries[i], v
		}
	}
	return best, value
}

// WriteTiles writes a document's headline findings for a terminal, and where the rest is.
func WriteTiles(w io.Writer, d *document.Document, folder string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, tile := range d.Tiles {
		name, value := tile.Name, tile.Value
		for note := range strings.SplitSeq(tile.Note, behindMark) {
			fmt.Fprintf(t, "%s\t%s\t%s\n", name, value, note)
			name, value = "", ""
		}
	}
	if folder != "" {
		fmt.Fprintf(t, "report\t%s\n", filepath.Join(folder, "report.html"))
	}
	return t.Flush()
}
