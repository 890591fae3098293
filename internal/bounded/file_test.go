package bounded_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/bounded"
)

func TestAFileIsReadUpToItsBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := bounded.ReadFile(path, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := bounded.ReadFile(path, 4); err == nil || err.Error() != "has more than 4 bytes" || data != nil {
		t.Errorf("%q, %v", data, err)
	}
}

// endless counts what is read of it.
type endless struct{ read int64 }

func (e *endless) Read(to []byte) (int, error) {
	e.read += int64(len(to))
	return len(to), nil
}

func TestWhatHasNoEndIsReadNoFurtherThanItsBound(t *testing.T) {
	var in endless
	if _, err := bounded.ReadAll(&in, 1<<20); err == nil || in.read > 1<<20+1 {
		t.Errorf("%d bytes were read, %v", in.read, err)
	}
}

func TestErrorsOfReadingAreKept(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("abc"), brokenReader{})
	if _, err := bounded.ReadAll(broken, 100); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
	if _, err := bounded.ReadFile(filepath.Join(t.TempDir(), "absent"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestFoldersAndDevicesAreRefused(t *testing.T) {
	if _, err := bounded.Open(t.TempDir()); err == nil || err.Error() != "is a folder" {
		t.Error(err)
	}
	for _, device := range []string{"/dev/zero", "/dev/null", "/dev/urandom"} {
		if _, err := os.Stat(device); err != nil {
			continue
		}
		if _, err := bounded.Open(device); err == nil || err.Error() != "is neither a file nor a pipe" {
			t.Errorf("%s: %v", device, err)
		}
		if bounded.IsRegular(device) {
			t.Errorf("%s can be read twice", device)
		}
	}
}
