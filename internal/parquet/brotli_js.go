package parquet

import (
	"errors"
	"io"
)

// newBrotli refuses: the decoder brings a web server with it, a sixth of
// what a browser would then fetch.
func newBrotli(io.Reader) (io.Reader, error) {
	return nil, errors.New("brotli is not read in a browser")
}
