package fidelity

import (
	"bufio"
	"errors"
	"io"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/unpack"
)

// ReadFile opens a file of measurements, compressed or not, and hands what it holds to read.
func ReadFile[T any](file string, read func(file string, in io.Reader) (T, error)) (T, error) {
	var none T
	f, err := bounded.Open(file)
	if err != nil {
		return none, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: "give a CSV of measurements", Err: err}
	}
	defer f.Close()
	packed, err := unpack.File(f)
	if err != nil {
		return none, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: "give a CSV of measurements", Err: err}
	}
	in, err := unpack.Reader(bufio.NewReader(packed))
	if err != nil {
		return none, &fault.Error{File: file, Wrong: "cannot be unpacked: " + err.Error(),
			Right: "give a CSV of measurements or a benchmark's result, or pack one of them anew", Err: err}
	}
	defer in.Close()
	return read(file, in)
}

// ReadRows hands the rows after a table's header to parse, each with the line that it stands on. There must
// be one.
func ReadRows(file string, table *bounded.Table, parse func(line int, cells []string) error) error {
	for rows := 0; ; rows++ {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) && rows == 0 {
			return &fault.Error{File: file, Wrong: "has no rows", Right: "give at least one measurement"}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(file, table.Line(), err)
		}
		if err := parse(table.Line(), cells); err != nil {
			return err
		}
	}
}

// unreadable is the fault of a file that stops being CSV at a line.
func unreadable(file string, line int, err error) error {
	return &fault.Error{File: file, Line: line, Wrong: "cannot be read: " + err.Error(), Right: "mend the CSV", Err: err}
}
