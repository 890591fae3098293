package workloads

import (
	"io"

	"github.com/roofserve/roofserve/internal/parquet"
)

// parquetRecords are the rows of a Parquet file as JSON objects, whose keys are its columns, so that every
// format that JSON may have, Parquet may have too.
type parquetRecords struct {
	from   *parquet.Reader
	number int
	err    error
}

// newParquet reads a file of so many bytes.
func newParquet(file io.ReaderAt, bytes int64) (records, error) {
	from, err := parquet.Open(file, bytes, maxLine)
	if err != nil {
		return nil, err
	}
	return &parquetRecords{from: from}, nil
}

func (p *parquetRecords) line() int { return p.number }

func (p *parquetRecords) failure() error { return p.err }

// next implements records.
func (p *parquetRecords) next() (record []byte, ok bool) {
	if p.err != nil {
		return nil, false
	}
	if record, p.err = p.from.Next(); p.err != nil {
		return nil, false
	}
	p.number++
	return record, true
}
