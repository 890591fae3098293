package calibrate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// What measured files may say. The bounds are wide enough for any kernel that was run, and narrow enough that
// the product of three of them is a number of 64 bits.
const (
	maxSize    = 1 << 20 // of a dimension, or a number of tokens
	maxCount   = 1 << 21 // of what may be zero
	maxMessage = 1 << 40 // elements of a message
	maxRows    = 1 << 22 // of a file

	shortestTime = units.Seconds(1e-9)
	longestTime  = units.Seconds(1e3)
)

// Row is one line of a measured file. Its readers remember the first field that could not be read, which
// readRows returns, and give harmless values from then on.
type Row struct {
	header map[string]int
	fields []string
	err    *fault.Error
}

// Text is a field as written; empty where the file has no such column.
func (r *Row) Text(column string) string {
	i, ok := r.header[column]
	if !ok {
		return ""
	}
	return r.fields[i]
}

// fail remembers the first mistake.
func (r *Row) fail(column, right, format string, args ...any) {
	if r.err == nil {
		r.err = &fault.Error{Key: column, Wrong: fmt.Sprintf(format, args...), Right: right}
	}
}

// Choice is a field that must be one of some words.
func (r *Row) Choice(column string, known ...string) string {
	text := r.Text(column)
	if !slices.Contains(known, text) {
		r.mistake(column, "use "+strings.Join(known, " or "))
		return known[0]
	}
	return text
}

// mistake says that a field is wrong, or that there is no such column.
func (r *Row) mistake(column, right string) {
	text := r.Text(column)
	switch _, ok := r.header[column]; {
	case !ok:
		r.fail(column, "add it", "is no column of the file")
	case text == "":
		r.fail(column, right, "is empty")
	default:
		r.fail(column, right, "%q cannot be used", text)
	}
}

// number is a field as a number from low to high; low where it is none.
func (r *Row) number(column string, low, high float64, right string) float64 {
	value, err := strconv.ParseFloat(r.Text(column), 64)
	if err != nil || !(value >= low && value <= high) {
		r.mistake(column, right)
		return low
	}
	return value
}

// Within is a field as a whole number from low to high.
func (r *Row) Within(column string, low, high int) int {
	right := fmt.Sprintf("use a whole number from %d to %d", low, high)
	value := r.number(column, float64(low), float64(high), right)
	if value != math.Trunc(value) {
		r.mistake(column, right)
	}
	return int(value)
}

// Size is a field as a dimension or a number of tokens, from 1.
func (r *Row) Size(column string) int { return r.Within(column, 1, maxSize) }

// Count is a field as a number from 0; 0 where it is empty or the column is missing.
func (r *Row) Count(column string) int {
	if r.Text(column) == "" {
		return 0
	}
	return r.Within(column, 0, maxCount)
}

// keyHeads is the number of key-value heads beside so many query heads; as many where the file does not say.
func (r *Row) keyHeads(heads int) int {
	const column = "num_key_value_heads"
	n := r.Count(column)
	if n > heads {
		r.fail(column, "use at most num_heads", "%d key-value heads for %d query heads", n, heads)
	}
	return cmp.Or(n, heads)
}

// Time is a field as a time in units; a mistake where no kernel takes it.
func (r *Row) Time(column string, unit units.Seconds) units.Seconds {
	right := fmt.Sprintf("use the measured time, from %g to %g", float64(shortestTime/unit), float64(longestTime/unit))
	return units.Seconds(r.number(column, float64(shortestTime/unit), float64(longestTime/unit), right)) * unit
}

// Latency is the field latency_ms.
func (r *Row) Latency() units.Seconds {
	return r.Time("latency_ms", units.Millisecond)
}

// engineName is what may stand for an engine: it becomes a file's name.
var engineName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[A-Za-z0-9._+]+)?$`)

// checkEngine refuses an engine that cannot name a file.
func (r *Row) checkEngine() {
	if !engineName.MatchString(r.Text("engine")) {
		r.mistake("engine", "name whose kernels ran, such as vllm-0.24.0")
	}
}

// readRows calls visit for each row of a gzip CSV with a header. A file that is not there has no rows.
func readRows(dir fs.FS, name string, visit func(*Row)) error {
	file, err := openMeasured(dir, name)
	if file == nil || err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return &fault.Error{File: name, Wrong: "cannot be unzipped: " + err.Error(), Right: "compress it with gzip", Err: err}
	}
	table := bounded.NewTable(unzipped)
	table.ReuseRecord = true
	row, err := readHeader(name, table)
	if err != nil {
		return err
	}
	for rows := 0; ; rows++ {
		row.fields, err = table.Read()
		switch {
		case errors.Is(err, io.EOF) && rows == 0:
			return &fault.Error{File: name, Line: 1, Wrong: "has no rows", Right: "give measured ones, or leave the file out"}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreadable(name, table.Line(), err)
		case rows == maxRows:
			return &fault.Error{File: name, Line: table.Line(), Wrong: fmt.Sprintf("has more than %d rows", maxRows), Right: "leave some out"}
		}
		row.checkEngine()
		if row.err == nil {
			visit(row)
		}
		if row.err != nil {
			row.err.File, row.err.Line = name, table.Line()
			return row.err
		}
	}
}

// openMeasured opens a file of a folder; nil where it is not there.
func openMeasured(dir fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no file")
	}
	var file fs.File
	if err == nil {
		file, err = dir.Open(name)
	}
	if err != nil {
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + err.Error(), Right: "give measured rows as CSV, compressed with gzip", Err: err}
	}
	return file, nil
}

// readHeader is a row that knows its columns, and has no fields yet.
func readHeader(name string, table *bounded.Table) (*Row, error) {
	head, err := table.Read()
	if errors.Is(err, io.EOF) {
		return nil, &fault.Error{File: name, Line: 1, Wrong: "is empty", Right: "begin with a line of column names"}
	}
	if err != nil {
		return nil, unreadable(name, table.Line(), err)
	}
	row := &Row{header: make(map[string]int)}
	for i, column := range head {
		column = strings.Clone(column)
		if _, twice := row.header[column]; twice {
			return nil, &fault.Error{File: name, Line: 1, Key: column, Wrong: "the column stands there twice", Right: "keep one of them"}
		}
		row.header[column] = i
	}
	if _, ok := row.header["engine"]; !ok {
		return nil, &fault.Error{File: name, Line: 1, Key: "engine", Wrong: "is no column of the file", Right: "name whose kernels ran, such as vllm-0.24.0"}
	}
	return row, nil
}

// unreadable is the fault of a file that stops being CSV.
func unreadable(name string, line int, err error) error {
	return &fault.Error{File: name, Line: line, Wrong: "cannot be read: " + err.Error(), Right: "use CSV with a header", Err: err}
}
