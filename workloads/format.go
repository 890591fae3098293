package workloads

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// format is a kind of trace file. It is recognised by its first record alone, never by the file's name.
type format struct {
	name   string // for people
	about  string // what it takes and how, for the reference
	source string // where the format is described
	// open returns the reader of the records of a file that begins with this one, or nil if the file is of
	// another kind.
	open func(first *head) rows
	// emptyIsFailed tells that a row without output tokens is a call that failed, rather than one that ended at
	// once.
	emptyIsFailed bool
	// unordered tells that records stand in another order than that of arrival. They are held in memory.
	unordered bool
	// absolute tells that times count from the start of the workload, not from the first request's.
	absolute bool
	// turns tells that requests may follow answers.
	turns bool
}

// rows reads the records of one file.
type rows interface {
	// read fills r, except for Arrival, from one record and returns when the request arrived.
	read(record []byte, r *Request) (instant, *mistake)
	// column is the name of the column that plays a role; "" where there is none.
	column(role int) string
}

// What rows may be besides.
type (
	// headed rows come after a record that is none: the names of a table's columns.
	headed interface{ header() }
	// chunked rows carry content ids.
	chunked interface {
		// chunk is the number of prompt tokens of one of Request.Blocks; 0 where there are none.
		chunk() int
	}
	// remarked rows say how the file was taken.
	remarked interface{ remark() string }
	// several are rows of which a record holds any number.
	several interface {
		// expand reads a record, the rows of which take then gives.
		expand(record []byte) *mistake
		take(r *Request) (at instant, ok bool)
	}
	// grouped rows are held in memory until the file has been read, since one that is far away may belong to
	// another.
	grouped interface {
		// group reads the record that begins on a line.
		group(record []byte, line int) *mistake
		// arrange ends the reading.
		arrange() *mistake
		take(r *Request) (at instant, line int, ok bool)
	}
	// texts are rows that count tokens from characters.
	texts interface{ use(t textTokens) }
	// leaving rows say at the end what they left out; "" where that is nothing.
	leaving interface{ left() string }
	// ranked rows order requests that arrive together by a number of their own.
	ranked interface{ rank() int }
)

// formats are all kinds of trace, in the order in which they are tried. A new one is a file of its own and a
// line here.
func formats() []format {
	return []format{azure, burstGPT, vidur, vidurLengths, vidurMetrics, bailian, traceLab, spokenTrace,
		sessionTrace, mooncake, splitwise, llmServingSim, apex, ownRequests, offline, answered, sentCalls,
		questions, trees, messageTrees, wildChat, conversations, exports, textPairs, weka, lists, own, plain,
		common, promptsAlone}
}

// head is the first record of a file: the line of a table's columns, or a JSON object.
type head struct {
	text   []byte
	object map[string]json.RawMessage // nil for a table
}

func newHead(text []byte) *head {
	h := &head{text: text}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && json.Unmarshal(text, &h.object) != nil {
		h.object = nil
	}
	return h
}

// tableFormat describes tables with these columns, as CSV or as JSON objects with these keys. The clock is
// made anew for each file, because it may remember.
func tableFormat(name string, columns roleNames, newClock func() clock) format {
	return format{name: name, open: func(first *head) rows { return openTable(first, columns, newClock()) }}
}

// openTable reads rows with these columns; nil where the first record lacks one that a request needs.
func openTable(first *head, columns roleNames, clock clock) rows {
	if first.object != nil {
		if rows, wrong := newJSONL(first, columns, clock); wrong == nil {
			return rows
		}
		return nil
	}
	present := columnNames(first)
	for role := roleMaxOutput; role <= roleClass; role++ {
		if indexOf(present, columns[role]) < 0 {
			columns[role] = ""
		}
	}
	if rows, wrong := newTable(first.text, columns, clock); wrong == nil {
		return rows
	}
	return nil
}

// recognise finds the format of the file that begins with a record, or the one that a column map describes.
func recognise(file string, line int, first []byte, columns Columns) (format, rows, error) {
	fail := func(wrong *mistake) (format, rows, error) {
		return format{}, nil, &fault.Error{File: file, Line: line, Key: wrong.column, Wrong: wrong.wrong,
			Right: wrong.right}
	}
	if wrong := foreignKind(first); wrong != nil {
		return fail(wrong)
	}
	if !utf8.Valid(first) {
		return fail(&mistake{"", "is not UTF-8 text", "give a CSV or JSONL file, as it is or packed by tar, gzip, zstd, bzip2 or zip"})
	}
	if columns != (Columns{}) {
		f, rows, wrong := mapped(first, columns)
		if wrong != nil {
			return fail(wrong)
		}
		return f, rows, nil
	}
	var known []string
	h := newHead(first)
	for _, f := range formats() {
		if rows := f.open(h); rows != nil {
			return f, rows, nil
		}
		known = append(known, f.name)
	}
	present := columnNames(h)
	if at := slices.IndexFunc(present, names.CountsCalls); at >= 0 {
		return fail(&mistake{present[at], "its rows stand for many calls each", "give a log of single calls"})
	}
	return fail(&mistake{"", fmt.Sprintf("begins like no known trace: %.60q", first),
		"give one of: " + strings.Join(known, ", ") + "; or say which columns to read"})
}
