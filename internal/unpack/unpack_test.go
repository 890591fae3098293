package unpack_test

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/roofserve/roofserve/internal/unpack"
)

func TestFilesAreReadHoweverTheyArePacked(t *testing.T) {
	text := strings.Repeat("as it was, ", 10_000)
	var zipped, squeezed bytes.Buffer
	z := gzip.NewWriter(&zipped)
	s, err := zstd.NewWriter(&squeezed)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{z, s} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{"plain": text, "gzip": zipped.String(), "zstd": squeezed.String(), "": ""} {
		in := bufio.NewReader(strings.NewReader(content))
		if packed := unpack.Packed(in); packed != (name == "gzip" || name == "zstd") {
			t.Errorf("%s: packed is %v", name, packed)
		}
		from, err := unpack.Reader(in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(from)
		if want := text; err != nil || name != "" && string(got) != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if err := from.Close(); err != nil {
			t.Error(err)
		}
		if name == "gzip" || name == "zstd" {
			from, err := unpack.Reader(bufio.NewReader(strings.NewReader(content[:len(content)/2])))
			if err == nil {
				_, err = io.ReadAll(from)
			}
			if err == nil {
				t.Errorf("%s: half a file is read as a whole one", name)
			}
		}
	}
}
