package workloads

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/roofserve/roofserve/internal/fault"
)

// format is a kind of trace file. It is recognised by its first line alone, never by the file's name.
type format struct {
	name string // for people
	// open returns the reader of the rows of a file that begins with the line first, or nil if the file is of
	// another kind.
	open func(first []byte) rows
	// header tells that the first line is not a row.
	header bool
	// blockTokens is the number of prompt tokens of one of Request.Blocks; 0 where rows have none.
	blockTokens int
	// emptyIsFailed tells that a row without output tokens is a call that failed, rather than one that ended at
	// once.
	emptyIsFailed bool
}

// rows reads the rows of one file.
type rows interface {
	// read fills r, except for Arrival, from one line and returns when the request arrived.
	read(line []byte, r *Request) (instant, *mistake)
	// column is the name of the column that plays a role.
	column(role int) string
}

// formats are all kinds of trace, in the order in which they are tried. A new one is a file of its own and a
// line here.
func formats() []format {
	return []format{azure, burstGPT, vidur, mooncake, plainCSV, plainJSONL}
}

// csvFormat describes CSV files with these columns. The clock is made anew for each file, because it may
// remember.
func csvFormat(name string, columns Columns, newClock func() clock) format {
	return format{name: name, header: true, open: func(first []byte) rows {
		if rows, wrong := newCSV(first, columns, newClock()); wrong == nil {
			return rows
		}
		return nil
	}}
}

// jsonlFormat describes files of one JSON object a line with these keys.
func jsonlFormat(name string, columns Columns, blocks string, blockTokens int, unit ticks) format {
	return format{name: name, blockTokens: blockTokens, open: func(first []byte) rows {
		if rows, wrong := newJSONL(first, columns, blocks, blockTokens, unit); wrong == nil {
			return rows
		}
		return nil
	}}
}

// recognise finds the format of the file that begins with the line first, or the one that a column map
// describes.
func recognise(file string, line int, first []byte, columns Columns) (format, rows, error) {
	fail := func(wrong *mistake) (format, rows, error) {
		return format{}, nil, &fault.Error{File: file, Line: line, Key: wrong.column, Wrong: wrong.wrong,
			Right: wrong.right}
	}
	if !utf8.Valid(first) {
		return fail(&mistake{"", "is not UTF-8 text", "give a CSV or JSONL file, as it is or compressed by gzip"})
	}
	if columns != (Columns{}) {
		f, rows, wrong := mapped(first, columns)
		if wrong != nil {
			return fail(wrong)
		}
		return f, rows, nil
	}
	var known []string
	for _, f := range formats() {
		if rows := f.open(first); rows != nil {
			return f, rows, nil
		}
		known = append(known, f.name)
	}
	return fail(&mistake{"", fmt.Sprintf("begins like no known trace: %.60q", first),
		"give one of: " + strings.Join(known, ", ") + "; or say which columns to read"})
}
