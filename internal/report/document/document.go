package document

import "github.com/roofserve/roofserve/internal/report/figure"

// Document is a report.
type Document struct {
	Title, Lead string
	Tiles       []Tile // key figures below the lead
	Sections    []Section
	Foot        string
}

// Tile is a key figure.
type Tile struct {
	Name, Value, Note string
}

// Section is a part under a heading.
type Section struct {
	Title  string
	Blocks []Block
}

// Block is a paragraph, a list, a table or a row of figures: the one that is set.
type Block struct {
	Text    string
	List    []string
	Table   *Table
	Figures []*figure.Figure // their files' names are unique in the document
}

// Table has names in its first column and numbers in the others.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// Cell is one entry of a table.
type Cell struct {
	Text string
	Note string // a quieter line below; may be empty
	Best bool   // of its kind
}

// Row appends a row of plain cells after its head.
func (t *Table) Row(head Cell, texts ...string) {
	row := []Cell{head}
	for _, text := range texts {
		row = append(row, Cell{Text: text})
	}
	t.Rows = append(t.Rows, row)
}

// Add appends a section.
func (d *Document) Add(title string, blocks ...Block) {
	d.Sections = append(d.Sections, Section{title, blocks})
}

// Figures are all figures of the document.
func (d *Document) Figures() []*figure.Figure {
	var list []*figure.Figure
	for _, s := range d.Sections {
		for _, b := range s.Blocks {
			list = append(list, b.Figures...)
		}
	}
	return list
}
