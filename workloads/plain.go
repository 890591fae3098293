package workloads

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// plain is a table with the columns arrival (in s), input, output and perhaps max_output, priority, session
// and slo_class.
var plain = format{
	name:   "plain (arrival, input, output)",
	about:  "seconds, lengths, and perhaps `max_output`, `priority`, `session` and `slo_class`",
	source: "`workload convert`",
	open: func(first *head) rows {
		columns := roleNames{roleArrival: "arrival", roleInput: "input", roleOutput: "output",
			roleMaxOutput: "max_output", rolePriority: "priority", roleSession: "session", roleClass: "slo_class"}
		return openTable(first, columns, timeUnits["s"])
	},
}

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
		rows, wrong := newJSONL(newHead(first), columns.byRole(), unit)
		return format{name: "JSONL"}, rows, wrong
	}
	rows, wrong := newTable(first, columns.byRole(), unit)
	return format{name: "CSV"}, rows, wrong
}

// ParseColumns reads a column map from its keys: arrival, input, output, max_output, priority, session,
// slo_class and unit.
func ParseColumns(keys map[string]string) (Columns, error) {
	var c Columns
	fields := map[string]*string{"arrival": &c.Arrival, "input": &c.Input, "output": &c.Output,
		"max_output": &c.MaxOutput, "priority": &c.Priority, "session": &c.Session, "slo_class": &c.SLOClass, "unit": &c.Unit}
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

// writePlain writes plain tables.
var writePlain = writer{
	name: "plain",
	head: func(what written) string {
		if what.classed {
			return "arrival,input,output,max_output,priority,session,slo_class\n"
		}
		return "arrival,input,output,max_output,priority,session\n"
	},
	append: func(line []byte, r *Request, what written) ([]byte, *mistake) {
		line = appendSeconds(line, r.Arrival)
		line = append(appendField(appendField(line, ",", r.Input), ",", r.Output), ',')
		if r.MaxOutput > 0 {
			line = strconv.AppendInt(line, int64(r.MaxOutput), 10)
		}
		line = append(appendField(line, ",", int(r.Priority)), ',')
		if r.Session != 0 {
			line = strconv.AppendUint(line, r.Session, 16)
		}
		class := r.Class.String()
		if what.classed {
			line = append(append(line, ','), class...)
		}
		if strings.ContainsAny(class, "\",\r\n") || !what.classed && class != "" {
			return line, &mistake{"to", fmt.Sprintf("the class %q does not go into this table", class), "use roofserve"}
		}
		return line, noTurns(r)
	},
}
