//go:build unix

package bounded_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/roofserve/roofserve/internal/bounded"
)

func TestAPipeIsReadAndNeverWaitedForInVain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if data, err := bounded.ReadFile(path, 10); err == nil || err.Error() != "is a pipe that nobody writes to" {
		t.Errorf("a pipe that nobody writes to gives %q, %v", data, err)
	}
	// A writer that is there is waited for, however long its gaps.
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := bounded.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := make(chan []byte)
	go func() {
		data, _ := bounded.ReadAll(reader, 100)
		got <- data
	}()
	for _, text := range []string{"one ", "two"} {
		if _, err := writer.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	writer.Close()
	if data := <-got; !bytes.Equal(data, []byte("one two")) {
		t.Errorf("%q", data)
	}
	if bounded.IsRegular(path) {
		t.Error("a pipe can be read twice")
	}
}
