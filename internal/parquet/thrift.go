package parquet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Types of Thrift's compact protocol, whose numbers stand in its specification.
const (
	typeTrue   = 1
	typeFalse  = 2
	typeInt8   = 3
	typeInt16  = 4
	typeInt32  = 5
	typeInt64  = 6
	typeDouble = 7
	typeBinary = 8
	typeList   = 9
	typeSet    = 10
	typeMap    = 11
	typeStruct = 12
	typeUUID   = 13
)

// wire reads Thrift's compact protocol as a stream: what nobody asks for takes no memory. The first error
// stays.
type wire struct {
	in    *bufio.Reader
	depth int
	err   error
}

func (w *wire) fail(err error) {
	if w.err == nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		w.err = err
	}
}

func (w *wire) byte() byte {
	if w.err != nil {
		return 0
	}
	b, err := w.in.ReadByte()
	if err != nil {
		w.fail(err)
	}
	return b
}

func (w *wire) unsigned() uint64 {
	if w.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(w.in)
	if err != nil {
		w.fail(err)
	}
	return n
}

// isInteger tells whether a type is one of those that integer reads.
func isInteger(kind byte) bool { return kind == typeInt16 || kind == typeInt32 || kind == typeInt64 }

// integer is a signed number of 16, 32 or 64 bits.
func (w *wire) integer() int64 { return unzigzag(w.unsigned()) }

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// text is a string of at most so many bytes.
func (w *wire) text(most uint64) string {
	n := w.unsigned()
	if n > most {
		w.fail(fmt.Errorf("has a name of %d bytes", n))
	}
	if w.err != nil {
		return ""
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(w.in, b); err != nil {
		w.fail(err)
	}
	return string(b)
}

// discard moves over n bytes.
func (w *wire) discard(n uint64) {
	const most = 1 << 30
	for ; n > 0 && w.err == nil; n -= min(n, most) {
		if _, err := w.in.Discard(int(min(n, most))); err != nil {
			w.fail(err)
		}
	}
}

// structure walks over the fields of a structure. Those that field does not read are skipped.
func (w *wire) structure(field func(id int64, kind byte) (read bool)) {
	if w.depth++; w.depth > maxNesting {
		w.fail(fmt.Errorf("has structures within structures, more than %d", maxNesting))
	}
	defer func() { w.depth-- }()
	for id := int64(0); w.err == nil; {
		head := w.byte()
		kind := head & 15
		if kind == 0 {
			return
		}
		if step := int64(head >> 4); step > 0 {
			id += step
		} else {
			id = w.integer()
		}
		if w.err == nil && !field(id, kind) {
			w.skip(kind)
		}
	}
}

// list walks over a list of at most so many elements, as long as there are bytes for them.
func (w *wire) list(most uint64, element func(kind byte)) {
	head := w.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = w.unsigned()
	}
	if n > most {
		w.fail(fmt.Errorf("has a list of %d; at most %d are read", n, most))
	}
	for ; n > 0 && w.err == nil; n-- {
		element(head & 15)
	}
}

// skip moves over a value. Booleans have no bytes as fields, whose type says which.
func (w *wire) skip(kind byte) {
	switch kind {
	case typeTrue, typeFalse:
	default:
		w.skipElement(kind)
	}
}

func (w *wire) skipElement(kind byte) {
	const any = 1 << 62 // each takes a byte at least
	switch kind {
	case typeTrue, typeFalse, typeInt8:
		w.byte()
	case typeInt16, typeInt32, typeInt64:
		w.unsigned()
	case typeDouble:
		w.discard(8)
	case typeUUID:
		w.discard(16)
	case typeBinary:
		w.discard(w.unsigned())
	case typeList, typeSet:
		w.nested(func() { w.list(any, w.skipElement) })
	case typeMap:
		w.nested(w.skipMap)
	case typeStruct:
		w.structure(func(int64, byte) bool { return false })
	default:
		w.fail(fmt.Errorf("has a field of the unknown type %d", kind))
	}
}

func (w *wire) nested(do func()) {
	if w.depth++; w.depth > maxNesting {
		w.fail(fmt.Errorf("has lists within lists, more than %d", maxNesting))
		return
	}
	do()
	w.depth--
}

func (w *wire) skipMap() {
	n := w.unsigned()
	if n == 0 {
		return
	}
	kinds := w.byte()
	for ; n > 0 && w.err == nil; n-- {
		w.skipElement(kinds >> 4)
		w.skipElement(kinds & 15)
	}
}
