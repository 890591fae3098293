//go:build !js

package workloads

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"
)

// parquetRecords are the rows of a Parquet file as JSON objects, whose keys are its columns, so that every
// format that JSON may have, Parquet may have too.
type parquetRecords struct {
	reader *parquet.GenericReader[any]
	times  map[string]time.Duration // columns of instants: their unit
	rows   []any
	at     int
	number int
	err    error
}

// parquetBatch is how many rows are read at once.
const parquetBatch = 64

// newParquet reads a file of so many bytes.
func newParquet(file io.ReaderAt, bytes int64) (_ records, err error) {
	defer func() { err = recovered(recover(), err) }()
	opened, err := parquet.OpenFile(file, bytes, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, err
	}
	p := &parquetRecords{reader: parquet.NewGenericReader[any](opened), times: map[string]time.Duration{}}
	for _, field := range opened.Schema().Fields() {
		if unit := instantUnit(field); unit > 0 {
			p.times[field.Name()] = unit
		}
	}
	return p, nil
}

// instantUnit is the unit of a column of instants; 0 of another.
func instantUnit(field parquet.Field) time.Duration {
	if !field.Leaf() || field.Type().LogicalType() == nil {
		return 0
	}
	stamp, is := field.Type().LogicalType().Value.(*parquetformat.TimestampType)
	if !is || stamp.Unit.Value == nil {
		return 0
	}
	return stamp.Unit.Value.Duration()
}

// recovered is the error of a damaged file that the library panics on.
func recovered(panicked any, err error) error {
	if panicked != nil {
		return fmt.Errorf("is a damaged Parquet file: %.200v", panicked)
	}
	return err
}

func (p *parquetRecords) line() int { return p.number }

func (p *parquetRecords) failure() error { return p.err }

// next implements records.
func (p *parquetRecords) next() (record []byte, ok bool) {
	if p.at == len(p.rows) && !p.fill() {
		return nil, false
	}
	row, _ := p.rows[p.at].(map[string]any)
	p.at++
	p.number++
	for column, unit := range p.times {
		if v, is := row[column].(int64); is {
			row[column] = time.Unix(v/int64(time.Second/unit), v%int64(time.Second/unit)*int64(unit)).UTC().
				Format("2006-01-02T15:04:05.999999999Z")
		}
	}
	record, err := json.Marshal(row)
	if err != nil {
		p.err = err
		return nil, false
	}
	return record, true
}

// fill reads further rows.
func (p *parquetRecords) fill() bool {
	if p.err != nil {
		return false
	}
	rows := make([]any, parquetBatch)
	n, err := p.read(rows)
	p.rows, p.at = rows[:n], 0
	switch {
	case err == nil && n == 0:
		p.err = io.EOF
	case err != nil:
		p.err = err
	}
	return n > 0
}

func (p *parquetRecords) read(rows []any) (n int, err error) {
	defer func() { err = recovered(recover(), err) }()
	n, err = p.reader.Read(rows)
	if err != nil && !errors.Is(err, io.EOF) {
		n = 0
	}
	return n, err
}
