package fidelity

import (
	"bufio"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw/fault"
)

// ReadFile opens a file of measurements, gzipped or not, and hands what it holds to read.
func ReadFile[T any](file string, read func(file string, in io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(file)
	if err != nil {
		return none, &fault.Error{File: file, Wrong: "cannot be read", Right: "give a CSV of measurements", Err: err}
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return none, &fault.Error{File: file, Wrong: "is a damaged gzip file: " + err.Error(), Right: "compress it anew", Err: err}
		}
		return read(file, z)
	}
	return read(file, in)
}
