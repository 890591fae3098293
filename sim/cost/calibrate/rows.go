package calibrate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/hw/units"
)

// Row is one line of a measured file. Its readers remember the first field that could not be read; readRows returns it.
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

// Float is a field as a number; 0 where it is empty or the column is missing.
func (r *Row) Float(column string) float64 {
	text := r.Text(column)
	if text == "" {
		return 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil && r.err == nil {
		r.err = &fault.Error{Key: column, Wrong: fmt.Sprintf("%q is not a number", text), Right: "use a decimal number"}
	}
	return value
}

// Time is a field as a time in units; a mistake where it is none.
func (r *Row) Time(column string, unit units.Seconds) units.Seconds {
	value := r.Float(column)
	if r.err == nil && !(value > 0 && value < math.MaxFloat64) {
		wrong := fmt.Sprintf("%q is no time", r.Text(column))
		if _, ok := r.header[column]; !ok {
			wrong = "is no column of the file"
		}
		r.err = &fault.Error{Key: column, Wrong: wrong, Right: "use the measured time, above 0"}
	}
	return units.Seconds(value) * unit
}

// Int is a field as an integer; 0 where it is empty or the column is missing.
func (r *Row) Int(column string) int { return int(r.Float(column)) }

// Latency is the field latency_ms.
func (r *Row) Latency() units.Seconds {
	return r.Time("latency_ms", units.Millisecond)
}

// readRows calls visit for each row of a gzip CSV with a header. A file that is not there has no rows.
func readRows(dir fs.FS, name string, visit func(*Row)) error {
	file, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return &fault.Error{File: name, Wrong: "cannot be unzipped: " + err.Error(), Right: "compress it with gzip", Err: err}
	}
	reader := csv.NewReader(unzipped)
	reader.ReuseRecord = true
	head, err := reader.Read()
	if err != nil {
		return unreadable(name, 1, err)
	}
	row := Row{header: make(map[string]int)}
	for i, column := range head {
		row.header[string([]byte(column))] = i
	}
	if _, ok := row.header["engine"]; !ok {
		return &fault.Error{File: name, Line: 1, Key: "engine", Wrong: "is no column of the file", Right: "name whose kernels ran, such as vllm-0.24.0"}
	}
	for line := 2; ; line++ {
		row.fields, err = reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return unreadable(name, line, err)
		}
		if visit(&row); row.err != nil {
			row.err.File = name
			row.err.Line, _ = reader.FieldPos(0)
			return row.err
		}
	}
}

// unreadable is the fault of a file that stops being CSV.
func unreadable(name string, line int, err error) error {
	if problem := (*csv.ParseError)(nil); errors.As(err, &problem) {
		line, err = problem.Line, problem.Err
	}
	return &fault.Error{File: name, Line: line, Wrong: "cannot be read: " + err.Error(), Right: "use CSV with a header", Err: err}
}
