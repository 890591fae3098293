//go:build !js

package parquet

import (
	"io"

	"github.com/andybalholm/brotli"
)

func newBrotli(from io.Reader) (io.Reader, error) { return brotli.NewReader(from), nil }
