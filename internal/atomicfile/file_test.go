package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteIsWholeOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	write := func(text string, fail error) error {
		return Write(path, func(w io.Writer) error {
			io.WriteString(w, text)
			return fail
		})
	}
	if err := write("first", nil); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := write("second", boom); !errors.Is(err, boom) {
		t.Fatalf("error lost: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "first" {
		t.Errorf("a failed write changed the file to %q, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*tmp")); len(left) > 0 {
		t.Errorf("temporary files left behind: %v", left)
	}
}

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, text := range []string{"long content", "short"} {
		err := Write(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != "short" {
		t.Errorf("got %q", got)
	}
}

func TestDevicesAreWrittenInPlace(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil {
		t.Skip("no null device")
	}
	if err := Write(os.DevNull, func(w io.Writer) error {
		_,
			err := io.WriteString(w, "x")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(os.DevNull)
	if err != nil || after.Mode() != before.Mode() {
		t.Fatalf("the null device is now %v, %v", after.Mode(), err)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing", "a.txt")} {
		if f, err := Create(path); err == nil {
			f.Abort()
			t.Errorf("%s: no error", path)
		}
	}
}

func TestWriteFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	broken := errors.New("broken")
	err := WriteFolder(dir, Named{"a", text("1")}, Named{"b", func(io.Writer) error { return broken }}, Named{"c", text("3")})
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if err := WriteBytes(filepath.Join(dir, "d"), []byte("4")); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"a": "1", "d": "4"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s holds %q, want %q; %v", name, got, want, err)
		}
	}
	if entries, err := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%d files, want 2; %v", len(entries), err)
	}
}
