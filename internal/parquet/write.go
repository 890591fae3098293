package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// ColumnKind is what the values of a column are.
type ColumnKind int32

// The kinds of columns, by the format's numbers of their physical types.
const (
	Bool   ColumnKind = kindBool
	Int64  ColumnKind = kindInt64
	Double ColumnKind = kindDouble
	Text   ColumnKind = kindBytes
)

// Field is a column of a table, any of whose values may be missing.
type Field struct {
	Name string
	Kind ColumnKind
}

// rowsInGroup bounds what a writer holds in memory of one column.
const rowsInGroup = 100_000

// The numbers that the format gives what a writer uses (parquet.thrift).
const (
	asTheyAre = 0 // Encoding
	asRuns    = 3
	mayMiss   = 1 // FieldRepetitionType
	dataPage  = 0 // PageType
	utf8Text  = 0 // ConvertedType
)

// Write writes a table of so many rows. Cell gives a value: a bool, an int64, a float64 or a string, as the
// column's kind says, or nil where there is none. The same table gives the same bytes.
func Write(w io.Writer, fields []Field, rows int, cell func(row, column int) any) error {
	squeeze, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	defer squeeze.Close()
	out := &counted{w: w}
	out.Write([]byte(magic))
	var groups []writtenGroup
	for from := 0; from < rows; from += rowsInGroup {
		g := writtenGroup{rows: min(rowsInGroup, rows-from)}
		for c := range fields {
			page, err := pageOf(fields[c], g.rows, func(row int) any { return cell(from+row, c) })
			if err != nil {
				return err
			}
			packed := squeeze.EncodeAll(page, nil)
			chunk := writtenChunk{offset: out.n}
			out.Write(pageHeader(g.rows, len(page), len(packed)))
			chunk.plainBytes = out.n - chunk.offset + int64(len(page))
			out.Write(packed)
			chunk.bytes = out.n - chunk.offset
			g.chunks = append(g.chunks, chunk)
		}
		groups = append(groups, g)
	}
	footer := footerOf(fields, rows, groups)
	out.Write(footer)
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	out.Write([]byte(magic))
	return out.err
}

// counted counts bytes, and keeps the first error.
type counted struct {
	w   io.Writer
	n   int64
	err error
}

// Write writes p unless an earlier call failed.
func (c *counted) Write(p []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(p)
		c.n += int64(len(p))
	}
}

// writtenGroup is a row group, and writtenChunk one column of it, as the footer tells of them.
type writtenGroup struct {
	rows   int
	chunks []writtenChunk
}

type writtenChunk struct{ offset, plainBytes, bytes int64 }

// pageOf is the only page of a column in a row group: which values are there, as runs, and those one after
// the other.
func pageOf(f Field, rows int, cell func(row int) any) ([]byte, error) {
	levels, values := []byte(nil), []byte(nil)
	bits := 0 // of booleans, in the last byte
	run, there := 0, false
	flush := func() {
		if run > 0 {
			levels = append(binary.AppendUvarint(levels, uint64(run)<<1), flag(there))
		}
	}
	for row := range rows {
		v := cell(row)
		if (v != nil) != there {
			flush()
			run, there = 0, v != nil
		}
		run++
		switch v := v.(type) {
		case nil:
		case bool:
			if bits%8 == 0 {
				values = append(values, 0)
			}
			values[len(values)-1] |= flag(v) << (bits % 8)
			bits++
		case int64:
			values = binary.LittleEndian.AppendUint64(values, uint64(v))
		case float64:
			values = binary.LittleEndian.AppendUint64(values, math.Float64bits(v))
		case string:
			values = append(binary.LittleEndian.AppendUint32(values, uint32(len(v))), v...)
		}
		if v != nil && kindOf(v) != f.Kind {
			return nil, fmt.Errorf("column %q has a value of another kind: %v", f.Name, v)
		}
	}
	flush()
	page := binary.LittleEndian.AppendUint32(nil, uint32(len(levels)))
	return append(append(page, levels...), values...), nil
}

// kindOf is the kind of columns that have such values; -1 where none have.
func kindOf(v any) ColumnKind {
	switch v.(type) {
	case bool:
		return Bool
	case int64:
		return Int64
	case float64:
		return Double
	case string:
		return Text
	default:
		return -1
	}
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
