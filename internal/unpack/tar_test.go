package unpack_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/roofserve/roofserve/internal/unpack"
)

// tarred is an archive of files, by their names in pairs with what they hold.
func tarred(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		header := tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpacked(data []byte) (string, error) {
	from, err := unpack.Reader(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(from)
	return string(text), err
}

func TestTheOnlyFileOfATarArchiveIsRead(t *testing.T) {
	long := strings.Repeat("0123456789abcdef\n", 1000)
	archive := tarred(t, "README.md", "read me", "trace/", "", "trace/a.csv", long, "LICENSE", "free")
	if text, err := unpacked(archive); err != nil || text != long {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := unpacked(tarred(t, "a.csv", "1", "b.csv", "2")); err == nil || !strings.Contains(err.Error(), `such as "a.csv" and "b.csv"`) {
		t.Errorf("of two files: %v", err)
	}
	if _, err := unpacked(tarred(t, "README.md", "1")); err == nil || !strings.Contains(err.Error(), "without a file") {
		t.Errorf("of no file: %v", err)
	}
	if _, err := unpacked(archive[:9000]); err == nil {
		t.Error("half an archive is read")
	}
}

func TestTextInUnitsOf16Bits(t *testing.T) {
	const text = "a,b\r\nhé,漢\r\n😀,x\r\n"
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		data := []byte(mark)
		for _, unit := range utf16.Encode([]rune(text)) {
			if mark == "\xff\xfe" {
				data = append(data, byte(unit), byte(unit>>8))
			} else {
				data = append(data, byte(unit>>8), byte(unit))
			}
		}
		if got, err := unpacked(data); err != nil || got != text {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := unpacked(data[:len(data)-1]); err == nil {
			t.Error("half a unit is read")
		}
		if got := unpack.Text(data[:len(data)-1]); got != strings.TrimSuffix(text, "\n") {
			t.Errorf("of half a unit less: %q", got)
		}
		// the first half of the pair is followed by a letter, and ends the text
		half, letter := data[len(data)-12:len(data)-10], data[2:4]
		lone := slices.Concat(data[:2], half, letter, half)
		if got, err := unpacked(lone); err != nil || got != "\ufffda\ufffd" {
			t.Errorf("of halves of pairs: %q, %v", got, err)
		}
	}
}
