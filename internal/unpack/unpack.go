package unpack

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a Zstandard stream may refer, in bytes, which is the memory that reading it
// takes. That of `zstd --ultra -22` is as large.
const maxWindow = 128 << 20

// magics are the first bytes of compressed files (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1).
const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
	bzipMagic = "BZh"
)

// Packed tells whether a stream begins as a compressed one.
func Packed(in *bufio.Reader) bool {
	return begins(in, gzipMagic) || begins(in, zstdMagic) || begins(in, bzipMagic) || isTar(in) || isWide(in)
}

func begins(in *bufio.Reader, magic string) bool {
	begin, _ := in.Peek(len(magic))
	return string(begin) == magic
}

// Reader is what a stream holds, compressed or not: of a TAR archive its only file, and of text in units of
// 16 bits the same as UTF-8.
func Reader(in *bufio.Reader) (io.ReadCloser, error) {
	from, err := decompressed(in)
	if err != nil {
		return nil, err
	}
	inside := bufio.NewReaderSize(from, 4096)
	if isTar(inside) {
		file, err := newMember(inside)
		if err != nil {
			return nil, errors.Join(err, from.Close())
		}
		inside = bufio.NewReaderSize(file, 4096)
	}
	if isWide(inside) {
		return opened{newWide(inside), from}, nil
	}
	return opened{inside, from}, nil
}

// opened reads from what stands in a stream, and closes the stream.
type opened struct {
	io.Reader
	io.Closer
}

// decompressed undoes compression alone.
func decompressed(in *bufio.Reader) (io.ReadCloser, error) {
	switch {
	case begins(in, gzipMagic):
		return gzip.NewReader(in)
	case begins(in, bzipMagic):
		return io.NopCloser(bzip2.NewReader(in)), nil
	case begins(in, zstdMagic):
		from, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return from.IOReadCloser(), nil
	}
	return io.NopCloser(in), nil
}
