package workloads

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// plainColumns are those of plain traces, which come without a column map. All but the first three may be
// absent.
var plainColumns = Columns{Arrival: "arrival", Input: "input", Output: "output", MaxOutput: "max_output",
	Priority: "priority"}

// plainCSV is a table with the plain columns, arrival in s.
var plainCSV = format{name: "plain CSV (arrival,input,output)", header: true, open: func(first []byte) rows {
	record, wrong := readHeader(first)
	if wrong != nil {
		return nil
	}
	columns := plainColumns
	for _, name := range []*string{&columns.MaxOutput, &columns.Priority} {
		if indexOf(record, *name) < 0 {
			*name = ""
		}
	}
	if rows, wrong := newCSV(first, columns, timeUnits["s"]); wrong == nil {
		return rows
	}
	return nil
}}

// plainJSONL is one object a line with the plain columns as keys, arrival in s.
var plainJSONL = jsonlFormat("plain JSONL (arrival, input, output)", plainColumns, "", 0, timeUnits["s"])

// mapped opens a CSV or JSONL file whose columns the user names.
func mapped(first []byte, columns Columns) (format, rows, *mistake) {
	for role, name := range columns.byRole() {
		if name == "" && role <= roleOutput {
			return format{}, nil, &mistake{"columns", "the column map lacks one of arrival, input and output", "name all three"}
		}
	}
	unit, ok := timeUnits[columns.Unit]
	if !ok && columns.Unit != "" {
		known := slices.Sorted(maps.Keys(timeUnits))
		return format{}, nil, &mistake{"unit", fmt.Sprintf("unknown unit of time %q", columns.Unit), names.Suggest(columns.Unit, known)}
	}
	if !ok {
		unit = timeUnits["s"]
	}
	if bytes.HasPrefix(bytes.TrimSpace(first), []byte("{")) {
		rows, wrong := newJSONL(first, columns, "", 0, unit)
		return format{name: "JSONL"}, rows, wrong
	}
	rows, wrong := newCSV(first, columns, unit)
	return format{name: "CSV", header: true}, rows, wrong
}

// ParseColumns reads a column map from its keys: arrival, input, output, max_output, priority and unit.
func ParseColumns(keys map[string]string) (Columns, error) {
	var c Columns
	fields := map[string]*string{"arrival": &c.Arrival, "input": &c.Input, "output": &c.Output,
		"max_output": &c.MaxOutput, "priority": &c.Priority, "unit": &c.Unit}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		field, ok := fields[key]
		if !ok {
			return Columns{}, &fault.Error{Key: key, Wrong: "unknown key",
				Right: names.Suggest(key, slices.Sorted(maps.Keys(fields)))}
		}
		*field = keys[key]
	}
	return c, nil
}
