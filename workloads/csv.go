package workloads

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// Columns says which column of a trace, or which key of its JSON objects, holds what.
type Columns struct {
	Arrival string // time of arrival
	Input   string // prompt tokens
	Output  string // generated tokens
	// MaxOutput is the declared max_tokens; "" where the trace has none.
	MaxOutput string
	// Priority is the smaller, the more urgent a request is; "" where the trace has none.
	Priority string
	// Session is a name that the turns of a session have in common; "" where the trace has none.
	Session string
	// SLOClass is the name of the class of clients that a request comes from; "" where the trace has none.
	SLOClass string
	// Unit of plain numbers in Arrival: "s" where empty, "ms", "us" or "ns".
	Unit string
}

// The roles of columns, as indices of rows' fields. Those behind the blocks may be empty or absent in a row.
const (
	roleArrival = iota
	roleInput
	roleOutput
	roleBlocks // JSON only
	roleMaxOutput
	rolePriority
	roleSession
	roleClass
	roleOrder  // number of the request, which orders those that arrive together
	roleParent // name of the request that it goes on with: JSON only, beside roleSession
	roles
)

// roleNames are the names of columns by their roles; "" where a trace lacks one.
type roleNames [roles]string

func (n roleNames) column(role int) string { return n[role] }

func (c *Columns) byRole() roleNames {
	return roleNames{roleArrival: c.Arrival, roleInput: c.Input, roleOutput: c.Output,
		roleMaxOutput: c.MaxOutput, rolePriority: c.Priority, roleSession: c.Session,
		roleClass: c.SLOClass}
}

// csvRows reads the rows of a table whose columns a comma, a tab or a semicolon parts.
type csvRows struct {
	roleNames
	clock clock
	comma byte
	role  []int8 // by column, up to the last one needed; -1: not needed
	order int    // of the current row
	said  string // how the file was taken
}

// separators are what may part columns, in the order in which they are tried.
const separators = ",\t;"

// newTable is newCSV with whichever separator gives the columns; the mistake is the comma's.
func newTable(header []byte, columns roleNames, clock clock) (*csvRows, *mistake) {
	var first *mistake
	for i := range len(separators) {
		rows, wrong := newCSV(header, columns, clock, separators[i])
		if wrong == nil {
			return rows, nil
		}
		if first == nil {
			first = wrong
		}
	}
	return nil, first
}

const skip = -1

// newCSV reads rows whose columns are named by header. The mistake says which column is absent.
func newCSV(header []byte, columns roleNames, clock clock, comma byte) (*csvRows, *mistake) {
	table := csv.NewReader(bytes.NewReader(header))
	table.Comma = rune(comma)
	record, err := table.Read()
	if err != nil {
		return nil, &mistake{wrong: "the header is not CSV", right: "write the names of the columns, separated by commas"}
	}
	for i := range record {
		record[i] = strings.TrimSpace(record[i])
	}
	rows := &csvRows{roleNames: columns, clock: clock, comma: comma}
	at := make([]int8, len(record))
	for i := range at {
		at[i] = skip
	}
	last := 0
	for role, name := range rows.roleNames {
		if name == "" {
			continue
		}
		column := indexOf(record, name)
		if column < 0 {
			return nil, &mistake{name, "no such column", names.Suggest(name, record)}
		}
		if at[column] != skip {
			return nil, &mistake{name, "serves as two columns", "name one column for each purpose"}
		}
		at[column] = int8(role)
		last = max(last, column)
	}
	rows.role = at[:last+1]
	return rows, nil
}

func indexOf(record []string, name string) int {
	for i, other := range record {
		if other == name {
			return i
		}
	}
	return -1
}

// read implements rows.
func (c *csvRows) read(line []byte, r *Request) (instant, *mistake) {
	r.Blocks, r.MaxOutput, r.Priority, r.Session, r.Class = nil, 0, 0, 0, ClassName{}
	var at instant
	for column, role := range c.role {
		field, rest, ok := cut(line, c.comma)
		if !ok && column < len(c.role)-1 {
			return at, &mistake{"", fmt.Sprintf("the row has only %d columns", column+1), fmt.Sprintf("it needs at least %d", len(c.role))}
		}
		line = rest
		switch role {
		case skip:
		case roleArrival:
			var wrong, right string
			if c.comma != ',' {
				field = pointed(field)
			}
			if at, wrong, right = c.clock.read(field); wrong != "" {
				return at, &mistake{c.column(int(role)), wrong, right}
			}
		case roleOrder:
			c.order, _ = parseCount(field)
		default:
			if wrong := assign(r, int(role), field, c.column(int(role))); wrong != nil {
				return at, wrong
			}
		}
	}
	return at, nil
}

// pointed is a number with a point where a spreadsheet put a comma before its decimals.
func pointed(field []byte) []byte {
	at := bytes.IndexByte(field, ',')
	if at < 0 || len(bytes.Trim(field, "0123456789,")) > 0 || bytes.Count(field, []byte(",")) > 1 {
		return field
	}
	number := bytes.Clone(field)
	number[at] = '.'
	return number
}

// rank implements ranked.
func (c *csvRows) rank() int { return c.order }

// remark implements remarked.
func (c *csvRows) remark() string { return c.said }

func (*csvRows) header() {}

// cut splits off the first field of a row; more tells whether another follows.
func cut(line []byte, comma byte) (field, rest []byte, more bool) {
	if len(line) > 0 && line[0] == '"' {
		return cutQuoted(line, comma)
	}
	for i, c := range line {
		if c == comma {
			return line[:i], line[i+1:], true
		}
	}
	return line, nil, false
}

// cutQuoted is cut for a field in quotes. Doubled quotes stay doubled: no field that is read may hold any.
func cutQuoted(line []byte, comma byte) (field, rest []byte, more bool) {
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			i++
			continue
		}
		after := bytes.IndexByte(line[i:], comma)
		if after < 0 {
			return line[1:i], nil, false
		}
		return line[1:i], line[i+after+1:], true
	}
	return line, nil, false
}

// assign reads a whole number, or the name of a session or a class, into the field of r that plays the role.
func assign(r *Request, role int, field []byte, name string) *mistake {
	switch role {
	case roleSession:
		r.Session = session(field)
		return nil
	case roleClass:
		r.Class = classOf(field)
		return nil
	}
	n, ok := parseCount(field)
	if !ok {
		if role > roleBlocks && len(bytes.TrimSpace(field)) == 0 {
			return nil // not declared
		}
		read := careful
		if role == rolePriority {
			read = signed
		}
		var wrong *mistake
		if n, wrong = read(field, name); wrong != nil {
			return wrong
		}
	}
	switch role {
	case roleInput:
		r.Input = n
	case roleOutput:
		r.Output = n
	case roleMaxOutput:
		r.MaxOutput = n
	case rolePriority:
		r.Priority = int32(n)
	}
	return nil
}
