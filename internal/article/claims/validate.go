package claims

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
)

// validate checks that tables are rectangular and that every claim has its place, its figure and its reason.
func (s *Section) validate(file string) error {
	for i := range s.Tables {
		if err := s.Tables[i].validate(); err != nil {
			return &fault.Error{File: file, Key: fmt.Sprintf("table[%d]", i), Wrong: err.Error()}
		}
	}
	for i := range s.Plots {
		if err := s.Plots[i].validate(); err != nil {
			return &fault.Error{File: file, Key: fmt.Sprintf("plot[%d] %s", i, s.Plots[i].ID), Wrong: err.Error()}
		}
	}
	seen := map[string]bool{}
	for i := range s.Claims {
		c := &s.Claims[i]
		err := c.validate(s)
		if err == nil && seen[c.ID] {
			err = fmt.Errorf("a second claim is called %s", c.ID)
		}
		if err != nil {
			return &fault.Error{File: file, Key: fmt.Sprintf("claim[%d] %s", i, c.ID), Wrong: err.Error()}
		}
		seen[c.ID] = true
	}
	return nil
}

func (t *Table) validate() error {
	for _, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %v has %d cells for %d columns", row, len(row), len(t.Columns))
		}
	}
	for name, values := range t.Names {
		if len(values) != len(t.Rows) {
			return fmt.Errorf("%s has %d values for %d rows", name, len(values), len(t.Rows))
		}
	}
	return nil
}

func (c *Claim) validate(s *Section) error {
	switch {
	case c.ID == "" || c.About == "":
		return fmt.Errorf("id and about are needed")
	case c.Computes+c.Own+c.Assuming+c.AtLeast+c.AtMost+c.Needs == "" && c.Verdict == nil:
		return fmt.Errorf("there is nothing to judge it by; give computes, own, assuming, at_least, at_most or needs")
	case c.Unit != "" && !knownUnit(c.Unit):
		return unknownUnit(c.Unit)
	case (c.Assuming != "") != (c.Assumption != ""):
		return fmt.Errorf("assuming and assumption go together")
	case c.Table == "" && (c.Quote == "" || c.Says == ""):
		return fmt.Errorf("quote and says are needed outside tables")
	case c.Table == "":
		_, err := Read(c.Says)
		return err
	}
	t := s.Table(c.Table)
	if t == nil || !slices.Contains(t.Columns, c.Column) {
		return fmt.Errorf("no column %q in a table %q", c.Column, c.Table)
	}
	for _, row := range c.Rows {
		if t.row(row) < 0 {
			return fmt.Errorf("no row %q in table %s", row, c.Table)
		}
	}
	return nil
}

// Table finds a table of the section; nil where there is none.
func (s *Section) Table(id string) *Table {
	for i := range s.Tables {
		if s.Tables[i].ID == id {
			return &s.Tables[i]
		}
	}
	return nil
}

// row finds a row by its first cell; −1 where there is none.
func (t *Table) row(label string) int {
	return slices.IndexFunc(t.Rows, func(row []string) bool { return row[0] == label })
}
