package calibrate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw/units"
)

// Row is one line of a measured file. Its readers remember the first field that could not be read; readRows returns it.
type Row struct {
	header map[string]int
	fields []string
	err    error
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
		r.err = fmt.Errorf("%s: %q is not a number", column, text)
	}
	return value
}

// Int is a field as an integer; 0 where it is empty or the column is missing.
func (r *Row) Int(column string) int { return int(r.Float(column)) }

// Latency is the field latency_ms.
func (r *Row) Latency() units.Seconds {
	return units.Seconds(r.Float("latency_ms")) * units.Millisecond
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
		return fmt.Errorf("%s: %w", name, err)
	}
	reader := csv.NewReader(unzipped)
	reader.ReuseRecord = true
	head, err := reader.Read()
	if err != nil {
		return fmt.Errorf("%s: header: %w", name, err)
	}
	row := Row{header: make(map[string]int)}
	for i, column := range head {
		row.header[string([]byte(column))] = i
	}
	for {
		row.fields, err = reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if visit(&row); row.err != nil {
			line, _ := reader.FieldPos(0)
			return fmt.Errorf("%s:%d: %w", name, line, row.err)
		}
	}
}
