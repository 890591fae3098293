package parquet_test

import (
	"encoding/binary"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// Thrift's compact protocol, as far as these files need it.
type (
	fields map[int]any
	list   []any
)

// thrift writes a structure, and each value by its Go type.
func thrift(v any) []byte {
	switch v := v.(type) {
	case int:
		return binary.AppendVarint(nil, int64(v))
	case string:
		return append(binary.AppendUvarint(nil, uint64(len(v))), v...)
	case list:
		return listed(len(v), v)
	case fields:
		var b []byte
		for id, last := 1, 0; id <= 15; id++ {
			if value, is := v[id]; is {
				b = append(append(b, byte(id-last)<<4|kind(value)), thrift(value)...)
				last = id
			}
		}
		return append(b, 0)
	}
	return v.([]byte)
}

// listed writes a list that says that it has so many elements.
func listed(said int, v list) []byte {
	of := byte(12)
	if len(v) > 0 {
		of = kind(v[0])
	}
	b := binary.AppendUvarint([]byte{15<<4 | of}, uint64(said))
	for _, element := range v {
		b = append(b, thrift(element)...)
	}
	return b
}

func kind(v any) byte {
	switch v.(type) {
	case int:
		return 5
	case string:
		return 8
	case fields:
		return 12
	}
	return 9
}

// crafted is a file of one row group with one column "a".
type crafted struct {
	element fields // of the column; nil: required, of 64 bits
	below   list   // elements of a column that is a group
	codec   int
	values  int
	rows    int
	pages   []byte
	change  func(footer, group, column, meta fields)
}

// file is the file.
func (c crafted) file() []byte {
	if c.element == nil {
		c.element = fields{1: 2, 3: 0, 4: "a"}
	}
	meta := fields{1: 2, 2: list{0}, 3: list{"a"}, 4: c.codec, 5: c.values, 6: len(c.pages), 7: len(c.pages), 9: 4}
	column := fields{3: meta}
	group := fields{1: list{column}, 3: c.rows}
	footer := fields{1: 1, 2: append(list{fields{4: "root", 5: 1}, c.element}, c.below...), 3: c.rows, 4: list{group}}
	if c.change != nil {
		c.change(footer, group, column, meta)
	}
	return closed(c.pages, thrift(footer))
}

// closed is a file of pages and a footer.
func closed(pages, footer []byte) []byte {
	b := append(append([]byte("PAR1"), pages...), footer...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(footer))), "PAR1"...)
}

// page is a page of version 1 that says what it likes of its body.
func page(values, encoding, said int, body []byte) []byte {
	head := fields{1: 0, 2: said, 3: len(body), 5: fields{1: values, 2: encoding, 3: 3, 4: 3}}
	return append(thrift(head), body...)
}

// dictionaryPage is one that says that it has so many values.
func dictionaryPage(values int, body []byte) []byte {
	return append(thrift(fields{1: 2, 2: len(body), 3: len(body), 7: fields{1: values, 2: 0}}), body...)
}

// one is a file of one row, whose column has these pages.
func one(pages []byte) []byte { return crafted{rows: 1, values: 1, pages: pages}.file() }

// coded is one with a codec, typed one with another column, and changed one whose footer is.
func coded(codec int, pages []byte) []byte {
	return crafted{codec: codec, rows: 1, values: 1, pages: pages}.file()
}

func typed(element fields, pages []byte, below ...any) []byte {
	return crafted{element: element, below: below, rows: 1, values: 1, pages: pages}.file()
}

func changed(change func(footer, group, column, meta fields)) []byte {
	return crafted{rows: 1, pages: page(1, 0, 8, eight), values: 1, change: change}.file()
}

func uvarints(numbers ...uint64) (b []byte) {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// levels are the runs with the length before them that pages of version 1 have.
func levels(runs []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(runs))), runs...)
}

// allocated is what a function allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// repeatedPage is one row that repeats a value of the dictionary, in a few bytes.
func repeatedPage(times uint64) []byte {
	body := levels(append([]byte{2, 0}, append(uvarints((times-1)<<1), 1)...))
	body = append(body, levels(append(uvarints(times<<1), 1))...)
	body = append(append(append(body, 1), uvarints(times<<1)...), 0)
	return page(int(times), 8, len(body), body)
}

func zstandard(content []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(content, nil)
}
