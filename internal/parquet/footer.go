package parquet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// magic begins and ends a file.
const magic = "PAR1"

// element is one node of a schema as it is written, depth first.
type element struct {
	name       string
	kind       int64 // physical type; -1 of a group
	width      int64 // bytes of a fixed-length array
	repetition int64
	children   int64
	scale      int64
	meaning    meaning
}

// chunk is where the pages of a column lie in a row group.
type chunk struct {
	start, bytes int64
	values       int64
	codec        int64
}

// group is one row group.
type group struct {
	rows   int64
	chunks []chunk
}

// footer is what the end of a file says.
type footer struct {
	elements []element
	groups   []group
	chunks   int   // of all groups
	bytes    int64 // of all chunks, which cannot be more than the file has: they do not overlap
	end      int64 // of the pages
}

// readFooter reads the end of a file of so many bytes.
func readFooter(file io.ReaderAt, bytes int64) (*footer, error) {
	var tail [8]byte
	if bytes < int64(2*len(magic)+4) {
		return nil, errors.New("has no footer")
	}
	if _, err := file.ReadAt(tail[:], bytes-8); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(tail[4:]) != magic {
		return nil, errors.New("does not end as a Parquet file does; it may be cut off or encrypted")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	f := &footer{end: bytes - 8 - length}
	if length > maxFooter || f.end < int64(len(magic)) {
		return nil, fmt.Errorf("has a footer of %d bytes", length)
	}
	w := &wire{in: bufio.NewReader(io.NewSectionReader(file, f.end, length))}
	w.structure(func(id int64, kind byte) bool {
		switch {
		case id == 2 && kind == typeList:
			w.list(maxElements, func(kind byte) { f.elements = append(f.elements, w.element(kind)) })
		case id == 4 && kind == typeList:
			w.list(maxChunks, func(kind byte) { f.group(w, kind) })
		case id == 8:
			w.fail(errors.New("is encrypted"))
		default:
			return false
		}
		return true
	})
	return f, w.err
}

// group reads one row group.
func (f *footer) group(w *wire, kind byte) {
	var g group
	w.expect(kind, typeStruct)
	w.structure(func(id int64, kind byte) bool {
		switch {
		case id == 1 && kind == typeList:
			w.list(maxElements, func(kind byte) {
				if f.chunks++; f.chunks > maxChunks {
					w.fail(fmt.Errorf("has more than %d columns in its row groups", maxChunks))
				}
				g.chunks = append(g.chunks, f.chunk(w, kind))
			})
		case id == 3 && isInteger(kind):
			g.rows = w.integer()
		default:
			return false
		}
		return true
	})
	if g.rows < 0 {
		w.fail(fmt.Errorf("has a row group of %d rows", g.rows))
	}
	f.groups = append(f.groups, g)
}

// chunk reads where one column's pages lie, and checks that the file has those bytes.
func (f *footer) chunk(w *wire, kind byte) chunk {
	var c chunk
	var data, dictionary int64
	meta := false
	w.expect(kind, typeStruct)
	w.structure(func(id int64, kind byte) bool {
		switch {
		case id == 1 && kind == typeBinary:
			w.fail(errors.New("has columns in other files"))
		case id == 8:
			w.fail(errors.New("has encrypted columns"))
		case id == 3 && kind == typeStruct:
			meta = true
			w.structure(func(id int64, kind byte) bool {
				to := map[int64]*int64{4: &c.codec, 5: &c.values, 7: &c.bytes, 9: &data, 11: &dictionary}[id]
				if to == nil || !isInteger(kind) {
					return false
				}
				*to = w.integer()
				return true
			})
		default:
			return false
		}
		return true
	})
	c.start = data
	if dictionary > 0 && dictionary < data {
		c.start = dictionary
	}
	if !meta || c.values < 0 || c.bytes < 0 || c.start < int64(len(magic)) || c.start > f.end ||
		c.bytes > f.end-c.start || c.bytes > f.end-f.bytes {
		w.fail(fmt.Errorf("has a column of %d values in %d bytes from byte %d on, which are not there", c.values, c.bytes, c.start))
	}
	f.bytes += c.bytes
	return c
}

// expect is that an element of a list has a type.
func (w *wire) expect(kind, want byte) {
	if kind != want {
		w.fail(fmt.Errorf("has an element of type %d where %d belongs", kind, want))
	}
}

// element reads one node of the schema.
func (w *wire) element(kind byte) element {
	e := element{kind: -1}
	w.expect(kind, typeStruct)
	w.structure(func(id int64, kind byte) bool {
		switch to := map[int64]*int64{1: &e.kind, 2: &e.width, 3: &e.repetition, 5: &e.children, 7: &e.scale}[id]; {
		case to != nil && isInteger(kind):
			*to = w.integer()
		case id == 4 && kind == typeBinary:
			e.name = w.text(maxName)
		case id == 6 && isInteger(kind):
			if converted := w.integer(); e.meaning == (meaning{}) {
				e.meaning = convertedMeaning(converted)
			}
		case id == 10 && kind == typeStruct:
			if logical := w.logical(); logical != (meaning{}) {
				e.meaning = logical
			}
		default:
			return false
		}
		return true
	})
	return e
}
