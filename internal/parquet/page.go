package parquet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Types of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// pageHead is what stands before a page.
type pageHead struct {
	kind             int64
	bytes, plain     int64  // compressed and not
	sum              uint32 // 0: none
	values, encoding int64
	levels           [2]int64 // bytes of repetition and of definition levels, of a page of version 2
	asIs             bool     // the values of a page of version 2 are not compressed
}

// readHead reads the head of a page.
func readHead(in *bufio.Reader) (pageHead, error) {
	var p pageHead
	w := &wire{in: in}
	own := func(fields map[int64]*int64) {
		w.structure(func(id int64, kind byte) bool {
			if id == 7 && kind == typeFalse {
				p.asIs = true
			}
			to := fields[id]
			if to == nil || !isInteger(kind) {
				return false
			}
			*to = w.integer()
			return true
		})
	}
	w.structure(func(id int64, kind byte) bool {
		to := map[int64]*int64{1: &p.kind, 2: &p.plain, 3: &p.bytes}[id]
		switch {
		case to != nil && isInteger(kind):
			*to = w.integer()
		case id == 4 && isInteger(kind):
			p.sum = uint32(w.integer())
		case (id == 5 || id == 7) && kind == typeStruct:
			own(map[int64]*int64{1: &p.values, 2: &p.encoding})
		case id == 8 && kind == typeStruct:
			own(map[int64]*int64{1: &p.values, 4: &p.encoding, 5: &p.levels[1], 6: &p.levels[0]})
		default:
			return false
		}
		return true
	})
	if p.kind != pageDataV2 {
		p.levels = [2]int64{}
	}
	levels := p.levels[0] + p.levels[1]
	if w.err == nil && (p.bytes < 0 || p.plain < 0 || p.values < 0 || p.values > maxValues ||
		min(p.levels[0], p.levels[1]) < 0 || levels > min(p.bytes, p.plain)) {
		w.err = fmt.Errorf("has a page of %d values in %d bytes, of %d before compression", p.values, p.bytes, p.plain)
	}
	return p, w.err
}

// read reads the bytes of a page into the memory of a buffer.
func (p *pageHead) read(in io.Reader, buffer []byte, all *held) ([]byte, error) {
	buffer, err := all.grow(buffer, int(p.bytes))
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(in, buffer); err != nil {
		return nil, err
	}
	if p.sum != 0 && crc32.ChecksumIEEE(buffer) != p.sum {
		return nil, errors.New("has a page whose checksum is wrong")
	}
	return buffer, nil
}

// Codecs of pages, and how many bytes one byte of theirs can stand for; of two more than a page
// may have.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecBrotli = 4
	codecZstd   = 6
	codecLZ4    = 7
)

var expansion = map[int64]int{
	codecNone: 1, codecSnappy: 64, codecLZ4: 256, codecGzip: 1040, codecBrotli: maxPage, codecZstd: maxPage,
}

// expand undoes the compression of what is to have so many bytes, into the memory of a buffer.
func expand(codec int64, from, buffer []byte, size int, all *held) ([]byte, error) {
	most, known := expansion[codec]
	if !known {
		return nil, fmt.Errorf("is compressed by codec %d, which is not read", codec)
	}
	if size > maxPage || size > (len(from)+1)*most {
		return nil, fmt.Errorf("has a page of %d bytes that are said to hold %d", len(from), size)
	}
	if codec == codecNone || size == 0 {
		return from, nil
	}
	to, err := all.grow(buffer, size)
	if err != nil {
		return nil, err
	}
	n, err := unpack(codec, from, to)
	if err != nil {
		return nil, fmt.Errorf("has a page that cannot be decompressed: %v", err) // no end of the file, whatever it is
	}
	if n != size {
		return nil, fmt.Errorf("has a page of %d bytes that is said to have %d", n, size)
	}
	return to, nil
}

// zstandard is the decoder that all readers share; it is made when it is needed first.
var zstandard = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(maxPage))
})

// unpack fills to, and tells how many bytes there were; one more than it holds where there were too many.
func unpack(codec int64, from, to []byte) (int, error) {
	switch codec {
	case codecSnappy:
		if n, err := snappy.DecodedLen(from); err != nil || n != len(to) {
			return n, err
		}
		out, err := snappy.Decode(to, from)
		return len(out), err
	case codecLZ4:
		return lz4.UncompressBlock(from, to)
	case codecZstd:
		in, err := zstandard()
		if err != nil {
			return 0, err
		}
		out, err := in.DecodeAll(from, to[:0:len(to)])
		return len(out), err
	case codecGzip:
		in, err := gzip.NewReader(bytes.NewReader(from))
		if err != nil {
			return 0, err
		}
		return fill(in, to)
	}
	in, err := newBrotli(bytes.NewReader(from))
	if err != nil {
		return 0, err
	}
	return fill(in, to)
}

// fill reads into to, up to the end of in or one byte more.
func fill(in io.Reader, to []byte) (int, error) {
	n, err := io.ReadFull(in, to)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = nil
		}
		return n, err
	}
	var more [1]byte
	extra, err := io.ReadFull(in, more[:])
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n + extra, err
}
